// Accounts of automation, of a team or of an organization.
import { queryOptions } from '@tanstack/react-query'
import { rest, type Listing } from './request.ts'

export type ServiceAccount = { username: string; purpose: string; active: boolean; created_at: string; last_seen_at: string | null }
/** What a service account works for. */
export type Home = { kind: 'teams' | 'organizations'; name: string }
export type NewServiceAccount = { name: string; purpose: string; default_team?: string }

const path = ({ kind, name }: Home) => `/${kind}/${encodeURIComponent(name)}/service-accounts`

export const serviceAccountsQuery = (home: Home) =>
  queryOptions({ queryKey: ['service-accounts', home.kind, home.name], queryFn: async () => (await rest<Listing<ServiceAccount>>('GET', path(home))).items })
export const createServiceAccount = (home: Home, form: NewServiceAccount) => rest<{ username: string; secret: string }>('POST', path(home), form)
export const deleteServiceAccount = (home: Home, username: string) => rest<null>('DELETE', `${path(home)}/${encodeURIComponent(username)}`)
