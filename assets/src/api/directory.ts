// The operator's directory: its state, tests of it, syncs with it, rules, and why somebody has what they have.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { rest, type Listing } from './request.ts'
import type { Setting } from './system.ts'

export type Change = { sign: '+' | '-' | '~'; text: string }
export type Kept = { what: string; because: string }
export type Outcome = 'applied' | 'unchanged' | 'refused' | 'failed' | 'undone'
export type Sync = {
  id: number | null
  started_at: string
  finished_at: string
  started_by: string
  outcome: Outcome
  why: string
  times: number
  people: number
  groups: number
  reading_ms: number
  added: number
  changed: number
  removed: number
  changes: Change[]
  kept: Kept[]
}
export type Status = {
  configured: boolean
  enabled: boolean
  servers: string[]
  sync_minutes: number | null
  removals_max_percent: number
  running_since: string | null
  paused: boolean
  alert: string | null
  last_sync: Sync | null
  can_undo: number | null
  settings: Setting[]
}
export type Person = {
  dn: string
  id: string
  username: string
  name: string | null
  email: string | null
  groups: string[]
  gives: { group: string; gives: string }[]
  may_sign_in: boolean
  because: string
}
export type Tested = { good: boolean; steps: { server: string; step: string; good: boolean; outcome: string }[]; person: Person | null }
/** Settings that are only tried, by their names without `ldap.` */
export type Draft = { settings: Record<string, string>; bind_password: string; login: string | null }
export type Drafted = {
  tested: Tested
  people: { dn: string; username: string; name: string | null; email: string | null }[]
  groups: { dn: string; name: string; members: number }[]
  configuration: string
}
export type Explanation = {
  person: Person | null
  because: string
  username: string | null
  active: boolean
  local: boolean
  seats: { place: string; role: string; from: string }[]
  changes: Change[]
  kept: Kept[]
}
export type Rule = {
  group: string
  team?: string | null
  role?: string | null
  create_team?: boolean | null
  organization?: string | null
  organization_role?: string | null
  may_create_teams?: boolean | null
  may_sign_in?: boolean | null
  contact?: string | null
}
export type Rules = { rules: Rule[]; file: string | null; revision: number; changed_at: string | null; changed_by: string | null; sign_in_groups: string[] }

export const statusQuery = queryOptions({
  queryKey: ['directory'],
  queryFn: () => rest<Status>('GET', '/directory'),
  // A sync that the schedule started ends without anybody's doing.
  refetchInterval: (query) => (query.state.data?.running_since ? 2_000 : 60_000),
})
export const syncsQuery = infiniteQueryOptions({
  queryKey: ['directory', 'syncs'],
  queryFn: ({ pageParam }) => rest<Listing<Sync>>('GET', `/directory/syncs?limit=20${pageParam ? `&after=${pageParam}` : ''}`),
  initialPageParam: '',
  getNextPageParam: (page) => page.next_cursor,
})
export const syncQuery = (id: number) => queryOptions({ queryKey: ['directory', 'syncs', id], queryFn: () => rest<Sync>('GET', `/directory/syncs/${id}`) })
export const rulesQuery = queryOptions({ queryKey: ['directory', 'rules'], queryFn: () => rest<Rules>('GET', '/directory/rules') })

export const sync = (wish: { dry_run: boolean; allow_removals: boolean }) => rest<Sync>('POST', '/directory/syncs', wish)
export const undo = (id: number) => rest<Listing<Kept>>('POST', `/directory/syncs/${id}/undo`, {})
export const test = (login: string) => rest<Tested>('POST', '/directory/test', login ? { login } : {})
export const draft = (wish: Draft) => rest<Drafted>('POST', '/directory/draft', wish)
export const explain = (login: string) => rest<Explanation>('GET', `/directory/people/${encodeURIComponent(login)}`)
export const setRules = (rules: Rule[], revision: number) => rest<Rules>('PUT', '/directory/rules', { rules, revision })
