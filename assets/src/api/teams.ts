// Teams, their people and settings; organizations and their people.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { rest } from './request.ts'

export type Listing<T> = { items: T[]; next_cursor: string | null }
export type Visibility = 'open' | 'public' | 'team' | 'restricted'
export type Settings = {
  hidden: boolean
  private_only: boolean
  members_invite: boolean
  code_saving: boolean
  default_visibility: Visibility
  locks: { setting: string; locked_by: string | null; locked_at: string }[]
}
export type SettingsChange = Partial<Omit<Settings, 'locks'>>
export type Team = {
  name: string
  kind: 'team' | 'user'
  display_name: string
  description: string
  organization: string | null
  role: string | null
  can_manage: boolean
  deleted_at: string | null
  details: { members: number; projects: number; runs: number; settings: Settings } | null
}
export type Member = { username: string; name: string; email: string | null; account_kind: 'user' | 'service'; role: string; joined_at: string }
export type Invitation = {
  id: number
  team: string
  role: string
  email: string | null
  username: string | null
  state: 'pending' | 'accepted' | 'expired' | 'withdrawn' | 'declined'
  invited_by: string | null
  created_at: string
  expires_at: string
  link?: string
}
export type Asked = { person: string; invitation: Invitation | null; code: string | null; message: string | null }
export type ServiceAccount = { username: string; purpose: string; active: boolean; created_at: string; last_seen_at: string | null }
export type Project = { entity: string; name: string; visibility: Visibility; created_by: string | null; runs: number; named_members: number; can_manage: boolean }
export type Organization = {
  name: string
  display_name: string
  role: 'admin' | 'member' | 'viewer' | null
  seats_counted: number
  seats_viewers: number
  seats_deactivated: number
  settings: Settings
}
export type OrganizationMember = { username: string; name: string; email: string | null; role: string; active: boolean; last_seen_at: string | null; teams: { team: string; role: string }[] }
export type User = { username: string; name: string; email: string | null; site_admin: boolean; active: boolean; default_entity: string | null }

const team = (name: string) => `/teams/${encodeURIComponent(name)}`
const organization = (name: string) => `/organizations/${encodeURIComponent(name)}`

export const teamQuery = (name: string) => queryOptions({ queryKey: ['team', name], queryFn: () => rest<Team>('GET', team(name)) })
export const myTeamsQuery = queryOptions({ queryKey: ['teams'], queryFn: () => rest<Listing<Team>>('GET', '/teams') })
export const membersQuery = (name: string) => queryOptions({ queryKey: ['team', name, 'members'], queryFn: () => rest<Listing<Member>>('GET', `${team(name)}/members?limit=1000`) })
export const invitationsQuery = (name: string) => queryOptions({ queryKey: ['team', name, 'invitations'], queryFn: () => rest<Listing<Invitation>>('GET', `${team(name)}/invitations`) })
export const serviceAccountsQuery = (name: string) => queryOptions({ queryKey: ['team', name, 'services'], queryFn: () => rest<Listing<ServiceAccount>>('GET', `${team(name)}/service-accounts`) })
export const teamProjectsQuery = (name: string) => queryOptions({ queryKey: ['team', name, 'projects'], queryFn: () => rest<Listing<Project>>('GET', `/projects/${encodeURIComponent(name)}?limit=1000`) })

export const changeTeam = (name: string, change: { display_name?: string; description?: string; settings?: SettingsChange }) => rest<Team>('PATCH', team(name), change)
export const deleteTeam = (name: string) => rest<null>('DELETE', team(name))
export const setRole = (name: string, username: string, role: string) => rest<Member>('PUT', `${team(name)}/members/${encodeURIComponent(username)}`, { role })
export const removeMember = (name: string, username: string) => rest<null>('DELETE', `${team(name)}/members/${encodeURIComponent(username)}`)
export const invite = (name: string, people: string[], role: string) => rest<Listing<Asked>>('POST', `${team(name)}/invitations`, { people, role })
export const resend = (name: string, id: number) => rest<Invitation>('POST', `${team(name)}/invitations/${id}/resend`, {})
export const withdraw = (name: string, id: number) => rest<null>('DELETE', `${team(name)}/invitations/${id}`)
export const createServiceAccount = (name: string, form: { name: string; purpose: string }) => rest<{ username: string; secret: string }>('POST', `${team(name)}/service-accounts`, form)
export const deleteServiceAccount = (name: string, username: string) => rest<null>('DELETE', `${team(name)}/service-accounts/${encodeURIComponent(username)}`)
export const setVisibility = (entity: string, project: string, visibility: Visibility) =>
  rest<Project>('PATCH', `/projects/${encodeURIComponent(entity)}/${encodeURIComponent(project)}`, { visibility })

export const myInvitationsQuery = queryOptions({ queryKey: ['invitations'], queryFn: () => rest<Listing<Invitation>>('GET', '/invitations') })
export const acceptInvitation = (id: number) => rest<null>('POST', `/invitations/${id}/accept`, {})
export const declineInvitation = (id: number) => rest<null>('POST', `/invitations/${id}/decline`, {})

export const organizationsQuery = queryOptions({ queryKey: ['organizations'], queryFn: () => rest<Listing<Organization>>('GET', '/organizations') })
export const organizationQuery = (name: string) => queryOptions({ queryKey: ['organization', name], queryFn: () => rest<Organization>('GET', organization(name)) })
export const peopleQuery = (name: string, text: string) =>
  infiniteQueryOptions({
    queryKey: ['organization', name, 'people', text],
    queryFn: ({ pageParam }) =>
      rest<Listing<OrganizationMember>>('GET', `${organization(name)}/members?query=${encodeURIComponent(text)}${pageParam ? `&after=${pageParam}` : ''}`),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
  })
export const organizationTeamsQuery = (name: string) => queryOptions({ queryKey: ['organization', name, 'teams'], queryFn: () => rest<Listing<Team>>('GET', `${organization(name)}/teams?limit=1000`) })
export const createTeam = (name: string, newTeam: string) => rest<Team>('POST', `${organization(name)}/teams`, { name: newTeam })
export const setOrganizationRole = (name: string, username: string, role: string) => rest<OrganizationMember>('PUT', `${organization(name)}/members/${encodeURIComponent(username)}`, { role })
export const changeUser = (username: string, change: { name?: string; email?: string; password?: string; current_password?: string; default_entity?: string }) =>
  rest<User>('PATCH', `/users/${encodeURIComponent(username)}`, change)
export const userQuery = (username: string) => queryOptions({ queryKey: ['user', username], queryFn: () => rest<User>('GET', `/users/${encodeURIComponent(username)}`) })
