// Organizations: their people, teams, seats and what they decide for all teams.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { OrganizationRole } from '../lib/roles.ts'
import { everyPage, queryText, rest, type Listing } from './request.ts'
import type { Settings, SettingsChange, Team } from './teams.ts'

export type Organization = {
  name: string
  display_name: string
  description: string
  role: OrganizationRole | null
  can_manage: boolean
  /** User names of some of its admins, to ask. */
  admins: string[]
  seats_counted: number
  seats_viewers: number
  seats_deactivated: number
  settings: Settings
  /** Whether runs may be moved out of restricted projects. */
  moves_from_restricted: boolean
  /** Whether view-only people may have API keys, which read and do nothing else. */
  read_only_keys: boolean
  /** Whether everybody in it makes teams, not only its admins. */
  members_create_teams: boolean
  /** Whether people log to personal spaces of theirs; where not, to teams alone. */
  personal_spaces: boolean
  /** Whether what somebody's processes send to a team ends with their seat in it; else with the run. */
  cut_runs_of_leavers: boolean
  /** Whether its admins see what its teams hold without a seat there. */
  admins_enter_teams: boolean
  can_create_teams: boolean
}
/** What an organization decides by yes or no for all its teams and people. */
export type Rule = 'moves_from_restricted' | 'read_only_keys' | 'members_create_teams' | 'personal_spaces' | 'cut_runs_of_leavers' | 'admins_enter_teams'
export type Person = {
  username: string
  name: string
  email: string | null
  role: OrganizationRole
  source: 'local' | 'directory'
  active: boolean
  joined_at: string
  last_seen_at: string | null
  teams: { team: string; role: string }[]
}
/** Which people, and in which order: the names of the management API. */
export type PeopleSearch = { query?: string; role?: string; state?: string; source?: string; sort?: string }
type Change = { display_name?: string; description?: string; settings?: SettingsChange; locks?: Record<string, boolean> } & Partial<Record<Rule, boolean>>

const organization = (name: string) => `/organizations/${encodeURIComponent(name)}`
const person = (name: string, username: string) => `${organization(name)}/members/${encodeURIComponent(username)}`

export const organizationsQuery = queryOptions({ queryKey: ['organizations'], queryFn: () => rest<Listing<Organization>>('GET', '/organizations'), staleTime: 60_000 })
export const organizationQuery = (name: string) => queryOptions({ queryKey: ['organization', name], queryFn: () => rest<Organization>('GET', organization(name)) })
export const changeOrganization = (name: string, change: Change) => rest<Organization>('PATCH', organization(name), change)
export const createOrganization = (name: string) => rest<Organization>('POST', '/organizations', { name })
export const deleteOrganization = (name: string) => rest<null>('DELETE', organization(name))

export const peopleQuery = (name: string, search: PeopleSearch) =>
  infiniteQueryOptions({
    queryKey: ['organization', name, 'people', search],
    queryFn: ({ pageParam }) => rest<Listing<Person>>('GET', `${organization(name)}/members${queryText({ ...search, after: pageParam })}`),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
  })
/** Everybody that a search finds, for a file. */
export const allPeople = (name: string, search: PeopleSearch) => everyPage<Person>(`${organization(name)}/members${queryText(search)}`)
export const setOrganizationRole = (name: string, username: string, role: string) => rest<Person>('PUT', person(name, username), { role })
export const removeFromOrganization = (name: string, username: string) => rest<null>('DELETE', person(name, username))

export const organizationTeamsQuery = (name: string, deleted = false) =>
  queryOptions({
    queryKey: ['organization', name, 'teams', deleted],
    queryFn: () => everyPage<Team>(`${organization(name)}/teams${deleted ? '?deleted=true' : ''}`),
  })
export const createTeam = (name: string, newTeam: string) => rest<Team>('POST', `${organization(name)}/teams`, { name: newTeam })
export const restoreTeam = (team: string) => rest<Team>('POST', `/teams/${encodeURIComponent(team)}/restore`, {})
