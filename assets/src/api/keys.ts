// API keys: of the signed-in account, and of those that one manages.
import { queryOptions } from '@tanstack/react-query'
import { rest, type Listing } from './request.ts'

export type Key = { id: number; name: string; hint: string; created_at: string; expires_at: string | null; last_used_at: string | null }
export type NewKey = { name: string; expires_at?: string }

const path = (username: string) => `/users/${encodeURIComponent(username)}/api-keys`

export const keysQuery = (username: string) => queryOptions({ queryKey: ['keys', username], queryFn: async () => (await rest<Listing<Key>>('GET', path(username))).items })
export const createKey = (username: string, key: NewKey) => rest<Key & { secret: string }>('POST', path(username), key)
export const revokeKey = (username: string, id: number) => rest<null>('DELETE', `${path(username)}/${id}`)
