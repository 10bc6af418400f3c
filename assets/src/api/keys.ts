// API keys of the signed-in account.
import { queryOptions } from '@tanstack/react-query'
import { rest } from './request.ts'

export type Key = { id: string | number; name: string; hint: string; created_at: string; expires_at: string | null; last_used_at: string | null }

export const keysQuery = queryOptions({ queryKey: ['keys'], queryFn: () => rest<Key[]>('GET', '/keys') })
export const createKey = (name: string) => rest<Key & { secret: string }>('POST', '/keys', { name })
export const revokeKey = (id: string | number) => rest<null>('DELETE', `/keys/${encodeURIComponent(id)}`)
