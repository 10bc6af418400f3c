// The browsers that a person is signed in with.
import { queryOptions } from '@tanstack/react-query'
import { rest, type Listing } from './request.ts'

export type BrowserSession = { id: string; user_agent: string; address: string; started_at: string; last_seen_at: string; expires_at: string; current: boolean }

const path = (username: string) => `/users/${encodeURIComponent(username)}/sessions`

export const sessionsQuery = (username: string) =>
  queryOptions({ queryKey: ['sessions', username], queryFn: async () => (await rest<Listing<BrowserSession>>('GET', path(username))).items })
export const endSession = (username: string, id: string) => rest<null>('DELETE', `${path(username)}/${encodeURIComponent(id)}`)
/** Signs all browsers out but this one. */
export const endOtherSessions = (username: string) => rest<null>('DELETE', path(username))
