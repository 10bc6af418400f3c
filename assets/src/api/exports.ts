// Bundles: all of a run, a project, a team or this server as one file; and bundles that come in. Both are jobs that go on by themselves.
import { BASE } from '../paths.ts'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { queryText, rest, type Listing } from './request.ts'

export type ExportOrder =
  | { scope: 'run'; entity: string; project: string; run: string }
  | { scope: 'project'; entity: string; project: string }
  | { scope: 'entity'; entity: string }
  | { scope: 'instance' }
export type Export = {
  id: number
  scope: ExportOrder['scope']
  of: string
  state: 'running' | 'done' | 'failed' | 'cancelled' | 'expired'
  reason: string | null
  asked_by: string | null
  created_at: string
  expires_at: string | null
  runs_total: number
  runs_done: number
  expected_bytes: number
  bytes: number
  left_out: number
  download: string | null
}
export type Import = {
  id: number
  of: string
  state: 'running' | 'done' | 'failed' | 'cancelled'
  reason: string | null
  asked_by: string | null
  created_at: string
  bytes: number
  read_bytes: number
  runs_imported: number
  runs_known: number
  versions_imported: number
  versions_known: number
  skipped: number
}
export type ImportedItem = { kind: string; old_name: string; new_name: string | null; state: 'imported' | 'known' | 'skipped'; reason: string | null }

export const startExport = (order: ExportOrder) => rest<Export>('POST', '/exports', order)
export const cancelExport = (id: number) => rest<Export>('POST', `/exports/${id}/cancel`, {})
export const deleteExport = (id: number) => rest<null>('DELETE', `/exports/${id}`)
/** Where the same bundle is given out while it is made. */
export const streamLink = (order: ExportOrder) => `${BASE}/api/v1/exports/stream.tar${queryText(order)}`

/** How far an export is; asked again until it has come to its end. */
export const exportQuery = (id: number) =>
  queryOptions({
    queryKey: ['export', id],
    queryFn: () => rest<Export>('GET', `/exports/${id}`),
    refetchInterval: ({ state }) => (state.data && state.data.state !== 'running' ? false : 700),
  })

const EVERY = 1500
const goesOn = (pages: Listing<{ state: string }>[] | undefined) => (pages?.some(({ items }) => items.some(({ state }) => state === 'running')) ? EVERY : false)

/** One's own exports, or those of everybody. */
export const exportsQuery = (everybody: boolean) =>
  infiniteQueryOptions({
    queryKey: ['exports', everybody],
    queryFn: ({ pageParam }) => rest<Listing<Export>>('GET', `/exports${queryText({ everybody: everybody ? 'true' : '', after: pageParam })}`),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: ({ state }) => goesOn(state.data?.pages),
  })

/** One's own imports. */
export const importsQuery = infiniteQueryOptions({
  queryKey: ['imports'],
  queryFn: ({ pageParam }) => rest<Listing<Import>>('GET', `/imports${queryText({ after: pageParam })}`),
  initialPageParam: '',
  getNextPageParam: (page) => page.next_cursor,
  refetchInterval: ({ state }) => goesOn(state.data?.pages),
})
export const startImport = (file: File, into: string) => rest<Import>('POST', `/imports${queryText({ into })}`, file)
export const cancelImport = (id: number) => rest<Import>('POST', `/imports/${id}/cancel`, {})
/** What became of the first things of a bundle. */
export const importedQuery = (id: number) => queryOptions({ queryKey: ['imported', id], queryFn: async () => (await rest<Listing<ImportedItem>>('GET', `/imports/${id}/items?limit=200`)).items })
