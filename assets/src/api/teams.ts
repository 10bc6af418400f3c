// Teams: their people, invitations, service accounts and settings.
import { queryOptions } from '@tanstack/react-query'
import type { Visibility } from '../lib/roles.ts'
import { BASE } from '../paths.ts'
import type { Attempt } from './alerts.ts'
import { everyPage, rest, type Listing } from './request.ts'

export type Settings = {
  hidden: boolean
  private_only: boolean
  members_invite: boolean
  members_delete_artifacts: boolean
  no_public_sharing: boolean
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
  /** What its picture is known by; null without one. */
  avatar: string | null
  organization: string | null
  role: string | null
  can_manage: boolean
  created_at: string
  deleted_at: string | null
  /** When it goes for good, if it is in the trash. */
  expires_at: string | null
  /** User names of some who may be asked for a seat. */
  admins: string[]
  /** How the operator's directory decides who is in it. */
  directory: { groups: string[]; contact: string | null; locked: boolean } | null
  details: { members: number; projects: number; runs: number; settings: Settings } | null
}
export type Member = { username: string; name: string; email: string | null; account_kind: 'user' | 'service'; role: string; joined_at: string; directory_group: string | null }
export type Stake = Member & { runs: number; running_runs: number; projects: number; reports: number; alerts: number; /** What would be suspended with the role view-only. */ keys_by_seat: number }
export type Invitation = {
  id: number
  team: string
  role: string
  email: string | null
  username: string | null
  directory_name: string | null
  state: 'pending' | 'accepted' | 'expired' | 'withdrawn' | 'declined'
  invited_by: string | null
  created_at: string
  expires_at: string
  link?: string
  /** What becomes of mailing the link; null where somebody hands it over. */
  mail: { state: 'waiting' | 'sent' | 'given up'; next_at: string | null; attempts: Attempt[] } | null
}
export type Asked = { person: string; invitation: Invitation | null; code: string | null; message: string | null }
/** `pending`: in the directory and without an account yet. */
export type Invitable = { username: string; name: string; email: string | null; pending: boolean }

/** How often it is looked whether something was mailed meanwhile, in milliseconds. */
const WAITING_MS = 3_000

const team = (name: string) => `/teams/${encodeURIComponent(name)}`

export const teamQuery = (name: string) => queryOptions({ queryKey: ['team', name], queryFn: () => rest<Team>('GET', team(name)) })
/** Something that happened in a team. */
export type Activity = {
  at: string
  who: string | null
  kind: 'run' | 'artifact' | 'report' | 'project' | 'joined'
  project: string | null
  run: { name: string; display_name: string; state: string } | null
  artifact: { type: string; collection: string; version: number } | null
  report: { id: string; display_name: string } | null
}
export const activityQuery = (name: string) =>
  queryOptions({ queryKey: ['team', name, 'activity'], queryFn: async () => (await rest<Listing<Activity>>('GET', `${team(name)}/activity`)).items, refetchInterval: 30_000 })
/** Where the picture of a team is; another one has another address. */
export const pictureOf = ({ name, avatar }: Pick<Team, 'name' | 'avatar'>) => (avatar ? `${BASE}/api/v1${team(name)}/avatar?v=${avatar}` : null)
export const setPicture = (name: string, file: Blob) => rest<{ digest: string }>('PUT', `${team(name)}/avatar`, file)
export const removePicture = (name: string) => rest<null>('DELETE', `${team(name)}/avatar`)
export const myTeamsQuery = queryOptions({ queryKey: ['teams'], queryFn: () => rest<Listing<Team>>('GET', '/teams') })
export const membersQuery = (name: string) => queryOptions({ queryKey: ['team', name, 'members'], queryFn: () => everyPage<Member>(`${team(name)}/members`) })
/** What somebody has in a team, for who is about to take their seat. */
export const stakeQuery = (name: string, username: string) =>
  queryOptions({ queryKey: ['stake', name, username], queryFn: () => rest<Stake>('GET', `${team(name)}/members/${encodeURIComponent(username)}`) })
export const invitationsQuery = (name: string) =>
  queryOptions({
    queryKey: ['team', name, 'invitations'],
    queryFn: () => everyPage<Invitation>(`${team(name)}/invitations`),
    refetchInterval: ({ state }) => (state.data?.some(({ state, mail }) => state === 'pending' && mail?.state === 'waiting') ? WAITING_MS : false),
  })

export const changeTeam = (name: string, change: { display_name?: string; description?: string; settings?: SettingsChange }) => rest<Team>('PATCH', team(name), change)
export const deleteTeam = (name: string) => rest<null>('DELETE', team(name))
export const setRole = (name: string, username: string, role: string) => rest<Member>('PUT', `${team(name)}/members/${encodeURIComponent(username)}`, { role })
/** Takes a seat; their projects, reports and alerts go to `heir`, or wait for an owner. */
export const removeMember = (name: string, username: string, heir: string) =>
  rest<null>('DELETE', `${team(name)}/members/${encodeURIComponent(username)}${heir ? `?hand_over_to=${encodeURIComponent(heir)}` : ''}`)
export const invite = (name: string, people: string[], role: string) => rest<Listing<Asked>>('POST', `${team(name)}/invitations`, { people, role })
export const invitableQuery = (name: string, text: string) =>
  queryOptions({ queryKey: ['team', name, 'invitable', text], queryFn: () => rest<Listing<Invitable>>('GET', `${team(name)}/invitable?query=${encodeURIComponent(text)}`), staleTime: 30_000 })
export const resend = (name: string, id: number) => rest<Invitation>('POST', `${team(name)}/invitations/${id}/resend`, {})
export const withdraw = (name: string, id: number) => rest<null>('DELETE', `${team(name)}/invitations/${id}`)

export const myInvitationsQuery = queryOptions({ queryKey: ['invitations'], queryFn: () => rest<Listing<Invitation>>('GET', '/invitations') })
export const acceptInvitation = (id: number) => rest<null>('POST', `/invitations/${id}/accept`, {})
export const declineInvitation = (id: number) => rest<null>('POST', `/invitations/${id}/decline`, {})
