// Who did what, when and to what.
import { infiniteQueryOptions } from '@tanstack/react-query'
import type { AuditSearch } from '../lib/audit.ts'
import { BASE } from '../paths.ts'
import { queryText, rest, type Listing } from './request.ts'

export type AuditRecord = {
  id: number
  at: string
  action: string
  actor: string | null
  acting_for: string | null
  address: string | null
  object_kind: string
  object_id: number
  object_name: string
  entity: string | null
  project: string | null
  details: Record<string, unknown>
  digest: string
}

/** Records, newest first, a page at a time. */
export const auditQuery = (search: AuditSearch) =>
  infiniteQueryOptions({
    queryKey: ['audit', search],
    queryFn: ({ pageParam }) => rest<Listing<AuditRecord>>('GET', `/audit${queryText({ ...search, limit: 100, after: pageParam })}`),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
  })

/** Where all of them are as lines of JSON, oldest first. */
export const auditLines = (search: AuditSearch) => `${BASE}/api/v1/audit.jsonl${queryText(search)}`
