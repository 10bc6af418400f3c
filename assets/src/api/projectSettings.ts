// Who sees a project and who is named in it.
import { queryOptions } from '@tanstack/react-query'
import type { Visibility } from '../lib/roles.ts'
import { everyPage, rest, type Listing } from './request.ts'

export type ProjectSettings = {
  entity: string
  name: string
  description: string
  visibility: Visibility
  created_by: string | null
  owner: string | null
  /** The owner is locked out or has no seat in the team any more. */
  owner_left: boolean
  created_at: string
  runs: number
  named_members: number
  /** Links that show its reports to whoever holds one. */
  public_links: number
  can_manage: boolean
  /** Sees what is in it, and not only who else does. */
  can_read: boolean
  /** May make and change alerts. */
  can_alert: boolean
  /** Of a person, and not of a team. */
  is_personal: boolean
}
export type ProjectMember = { username: string; name: string; role: string; since: string }
export type ProjectAddress = { entity: string; project: string }

const path = ({ entity, project }: ProjectAddress) => `/projects/${encodeURIComponent(entity)}/${encodeURIComponent(project)}`

/** All projects of an entity that one may see, with who else may. */
export const projectsSettingsQuery = (entity: string) =>
  queryOptions({ queryKey: ['projects-settings', entity], queryFn: () => everyPage<ProjectSettings>(`/projects/${encodeURIComponent(entity)}`) })
export const projectSettingsQuery = (address: ProjectAddress) =>
  queryOptions({ queryKey: ['project-settings', address], queryFn: () => rest<ProjectSettings>('GET', path(address)) })
export const changeProject = (address: ProjectAddress, change: { description?: string; visibility?: Visibility; owner?: string }) => rest<ProjectSettings>('PATCH', path(address), change)

export const projectMembersQuery = (address: ProjectAddress) =>
  queryOptions({ queryKey: ['project-members', address], queryFn: async () => (await rest<Listing<ProjectMember>>('GET', `${path(address)}/members`)).items })
export const nameMember = (address: ProjectAddress, username: string, role: string) => rest<null>('PUT', `${path(address)}/members/${encodeURIComponent(username)}`, { role })
export const unnameMember = (address: ProjectAddress, username: string) => rest<null>('DELETE', `${path(address)}/members/${encodeURIComponent(username)}`)
