// What people say about a report, beside it: threads of comments, each about some words, a panel, or all of it.
import { queryOptions } from '@tanstack/react-query'
import type { Anchor, TextAnchor } from '../lib/report/anchors.ts'
import { queryText, rest, type Listing } from './request.ts'

/** Somebody who did something; `left`: they may not see it any more. */
export type Person = { username: string; name: string; left: boolean }

export type Comment = {
  id: number
  author: Person | null
  /** Markdown; null where it was deleted and was answered before. */
  body: string | null
  /** User names of those whom it names. */
  mentions: string[]
  created_at: string
  edited_at: string | null
  may: { edit: boolean; delete: boolean }
}
export type Thread = {
  id: number
  anchor: Anchor
  resolved_at: string | null
  resolved_by: Person | null
  created_at: string
  comments: Comment[]
  may: { reply: boolean; resolve: boolean }
}
/** All threads of a report, oldest first, and whether the caller may begin one. */
export type Talk = { threads: Thread[]; may: { comment: boolean; /** Why not. */ hindrance: string | null } }

const path = (report: string) => `/reports/${encodeURIComponent(report)}`

/** Clients may leave out of an anchor what only helps to find it. */
type SentThread = Omit<Thread, 'anchor'> & { anchor: null | { panel: string; block?: number } | ({ quote: string } & Partial<TextAnchor>) }
const received = (thread: SentThread): Thread => ({
  ...thread,
  anchor: thread.anchor && ('panel' in thread.anchor ? { block: 0, ...thread.anchor } : { block: 0, prefix: '', suffix: '', ...thread.anchor }),
})

async function allThreads(report: string): Promise<Talk> {
  const threads: Thread[] = []
  for (let after: string | null = null; ; ) {
    const page: Listing<SentThread> & Pick<Talk, 'may'> = await rest('GET', `${path(report)}/threads${queryText({ limit: 1000, after })}`)
    threads.push(...page.items.map(received))
    after = page.next_cursor
    if (after === null) return { threads, may: page.may }
  }
}

/** Others comment too, while one reads. */
export const talkQuery = (report: string) => queryOptions({ queryKey: ['talk', report], queryFn: () => allThreads(report), refetchInterval: 15_000 })

export const beginThread = (report: string, body: string, anchor: Anchor) => rest<Thread>('POST', `${path(report)}/threads`, { body, ...(anchor ? { anchor } : {}) })
export const reply = (thread: number, body: string) => rest<Comment>('POST', `/threads/${thread}/comments`, { body })
export const editComment = (comment: number, body: string) => rest<Comment>('PATCH', `/comments/${comment}`, { body })
export const deleteComment = (comment: number) => rest<null>('DELETE', `/comments/${comment}`)
export const resolveThread = (thread: number, resolved: boolean) => rest<Thread>('PATCH', `/threads/${thread}`, { resolved })

/** People who may read the report and whose name begins so. */
export const readersQuery = (report: string, query: string) =>
  queryOptions({
    queryKey: ['report-people', report, query],
    queryFn: async () => (await rest<Listing<{ username: string; name: string }>>('GET', `${path(report)}/people${queryText({ query, limit: 8 })}`)).items,
    staleTime: 60_000,
  })

/** What the caller thinks of a report, and how many others like it. */
export type Attention = { starred: boolean; following: boolean; stars: number; open_threads: number }

export const attentionQuery = (report: string) => queryOptions({ queryKey: ['attention', report], queryFn: () => rest<Attention>('GET', `${path(report)}/attention`) })
export const setStar = (report: string, on: boolean) => (on ? rest<null>('PUT', `${path(report)}/star`) : rest<null>('DELETE', `${path(report)}/star`))
export const setFollow = (report: string, on: boolean) => (on ? rest<null>('PUT', `${path(report)}/follow`) : rest<null>('DELETE', `${path(report)}/follow`))
