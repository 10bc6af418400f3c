// Deleting projects, and those that were deleted.
import { queryOptions } from '@tanstack/react-query'
import type { ProjectAddress } from './projectSettings.ts'
import { everyPage, rest } from './request.ts'

/** What would go with a project, or with a team. */
export type Deletion = { projects: number; runs: number; running: number; locked: number; by_others: number; reports: number; reports_by_others: number; artifacts: number; bytes: number; days_in_trash: number; can_delete: boolean; reason: string | null }
export type TrashedProject = { name: string; description: string; runs: number; deleted_at: string; deleted_by: string | null; expires_at: string; can_purge: boolean }

const project = ({ entity, project: name }: ProjectAddress) => `/projects/${encodeURIComponent(entity)}/${encodeURIComponent(name)}`
const trashed = ({ entity, project: name }: ProjectAddress) => `/trash/${encodeURIComponent(entity)}/${encodeURIComponent(name)}`

export const deletionQuery = (address: ProjectAddress) => queryOptions({ queryKey: ['project-deletion', address], queryFn: () => rest<Deletion>('GET', `${project(address)}/deletion`) })
export const teamDeletionQuery = (team: string) => queryOptions({ queryKey: ['team-deletion', team], queryFn: () => rest<Deletion>('GET', `/teams/${encodeURIComponent(team)}/deletion`) })
export const deleteProject = (address: ProjectAddress) => rest<null>('DELETE', project(address))
export const trashedProjectsQuery = (entity: string) =>
  queryOptions({ queryKey: ['trashed-projects', entity], queryFn: () => everyPage<TrashedProject>(`/trash/${encodeURIComponent(entity)}`) })
export const restoreProject = (address: ProjectAddress) => rest<unknown>('POST', `${trashed(address)}/restore`, {})
export const purgeProject = (address: ProjectAddress) => rest<null>('DELETE', trashed(address))
