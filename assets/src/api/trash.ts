// Deleted runs of a project.
import { infiniteQueryOptions } from '@tanstack/react-query'
import { rest } from './request.ts'

export type TrashedRun = {
  name: string
  display_name: string
  deleted_at: string
  deleted_by: string | null
  expires_at: string
  can_restore: boolean
  can_purge: boolean
}

const path = (entity: string, project: string) => `/projects/${encodeURIComponent(entity)}/${encodeURIComponent(project)}/trash`

/** The deleted runs of a project, last deleted first, a page at a time. */
export const trashQuery = (entity: string, project: string) =>
  infiniteQueryOptions({
    queryKey: ['trash', entity, project],
    queryFn: ({ pageParam }) =>
      rest<{ items: TrashedRun[]; next_cursor: string | null }>('GET', path(entity, project) + (pageParam ? `?after=${encodeURIComponent(pageParam)}` : '')),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
    // Others delete and restore too, and what is to go for good goes seconds later.
    refetchInterval: 5_000,
  })

export const restoreRun = (entity: string, project: string, run: string) =>
  rest<void>('POST', `${path(entity, project)}/${encodeURIComponent(run)}/restore`)

/** Lets a deleted run go for good. */
export const purgeRun = (entity: string, project: string, run: string) => rest<void>('DELETE', `${path(entity, project)}/${encodeURIComponent(run)}`)
