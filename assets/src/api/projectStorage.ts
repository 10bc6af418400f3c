// What takes room in a project.
import { queryOptions } from '@tanstack/react-query'
import { rest } from './request.ts'

export type RunUsage = { run: string; display_name: string; in_trash: boolean; files: number; history: number; total_bytes: number }

export type ArtifactUsage = { artifact: string; kind: string; total_bytes: number; own_bytes: number }

export type ProjectStorage = { measured_at: string; runs: RunUsage[]; artifacts: ArtifactUsage[] }

/** The most that one answer lists of each. */
export const LISTED_MAX = 1000

/** The greatest runs and artifact versions of a project, measured by the asking. */
export const projectStorageQuery = (entity: string, project: string) =>
  queryOptions({
    queryKey: ['storage', entity, project],
    queryFn: () => rest<ProjectStorage>('GET', `/projects/${encodeURIComponent(entity)}/${encodeURIComponent(project)}/storage?limit=${LISTED_MAX}`),
  })
