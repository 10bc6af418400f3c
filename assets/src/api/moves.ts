// Runs that move to other projects: a job that goes on by itself.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { ProjectAddress } from './projectSettings.ts'
import { queryText, rest, type Listing } from './request.ts'
import type { Chosen } from './selectedRuns.ts'

export type Destination = { entity: string; display_name: string; kind: 'team' | 'user' }
export type MoveOrder = Chosen & { from: ProjectAddress; to: ProjectAddress; artifacts: 'move' | 'copy_reference' | 'leave'; on_conflict: 'skip' | 'rename' }
export type MovePreview = {
  total: number
  moving: number
  running: number
  renamed: number
  staying: number
  staying_runs: { name: string; reason: string }[]
  artifacts_moving: number
  artifacts_staying: number
  artifacts_linked: number
  creates_project: boolean
}
export type Move = {
  id: number
  moved_by: string | null
  created_at: string
  from: ProjectAddress
  to: ProjectAddress
  state: 'running' | 'done' | 'undoing' | 'undone'
  total: number
  waiting: number
  moved: number
  skipped: number
  back: number
  stayed: number
  artifacts_moved: number
  artifacts_linked: number
  can_undo: boolean
  undo_until: string | null
}

export const destinationsQuery = queryOptions({ queryKey: ['destinations'], queryFn: async () => (await rest<Listing<Destination>>('GET', '/moves/destinations')).items })
export const previewQuery = (order: MoveOrder) => queryOptions({ queryKey: ['move-preview', order], queryFn: () => rest<MovePreview>('POST', '/moves/preview', order), staleTime: 0 })
export const startMove = (order: MoveOrder) => rest<Move>('POST', '/moves', order)
export const undoMove = (id: number) => rest<Move>('POST', `/moves/${id}/undo`, {})

/** Moves that one asked for; of an entity, all that touch it. */
export const movesQuery = (entity: string) =>
  infiniteQueryOptions({
    queryKey: ['moves', entity],
    queryFn: ({ pageParam }) => rest<Listing<Move>>('GET', `/moves${queryText({ entity, after: pageParam })}`),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
  })

/** How far a move is; asked again until it has come to its end. */
export const moveQuery = (id: number) =>
  queryOptions({
    queryKey: ['move', id],
    queryFn: () => rest<Move>('GET', `/moves/${id}`),
    refetchInterval: ({ state }) => (isAtWork(state.data) ? 500 : false),
  })
export const isAtWork = (move: Move | undefined) => move === undefined || move.state === 'running' || move.state === 'undoing'

/** The runs that a move left where they were. */
export const skippedQuery = (id: number) =>
  queryOptions({ queryKey: ['move', id, 'skipped'], queryFn: async () => (await rest<Listing<{ name: string; reason: string | null }>>('GET', `/moves/${id}/runs?state=skipped&limit=100`)).items })
