// Reports: their lists, one with its versions and links, and the runs that its panels show.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { PanelRun } from '../lib/report/runs.ts'
import { ApiError, queryText, rest, type Listing } from './request.ts'

export type ReportKind = 'report' | 'draft' | 'workspace'

/** What the caller may do with a report. */
export type May = { edit: boolean; delete: boolean; share: boolean; /** Why it cannot be shared though the caller may edit it. */ share_hindrance: string | null; manage: boolean }

export type ReportSummary = {
  id: string
  kind: ReportKind
  entity: string
  project: string
  name: string
  display_name: string
  description: string
  author: { username: string | null; name: string | null; left: boolean } | null
  version: number
  created_at: string
  updated_at: string
  updated_by: string | null
  /** Of a draft, the report that it is a draft of, if that was published. */
  published: string | null
  published_version: number | null
  may: May
}
/** With its document, as JSON text. */
export type Report = ReportSummary & { spec: string }

const path = (id: string) => `/reports/${encodeURIComponent(id)}`
const projectPath = (entity: string, project: string) => `/projects/${encodeURIComponent(entity)}/${encodeURIComponent(project)}`

/** A page of reports, and whether the caller adds to them. */
export type ReportListing = Listing<ReportSummary> & { may: { create: boolean; create_hindrance: string | null } }

/** The reports of a project, last updated first, a page at a time. */
export const reportsQuery = (entity: string, project: string, kind: 'report' | 'draft', query = '') =>
  infiniteQueryOptions({
    queryKey: ['reports', entity, project, kind, query],
    queryFn: ({ pageParam }) => rest<ReportListing>('GET', `${projectPath(entity, project)}/reports${queryText({ kind, query, after: pageParam })}`),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
    placeholderData: keepPreviousData,
  })

/** Whether the caller writes reports in a project. */
export const mayReportQuery = (entity: string, project: string) =>
  queryOptions({ queryKey: ['reports', entity, project, 'may'], queryFn: async () => (await rest<ReportListing>('GET', `${projectPath(entity, project)}/reports?limit=1`)).may })

/** The newest reports of all projects of a team or of a person. */
export const teamReportsQuery = (team: string) =>
  queryOptions({ queryKey: ['reports', team], queryFn: () => rest<ReportListing>('GET', `/teams/${encodeURIComponent(team)}/reports?limit=10`) })

/** The reports that the caller has starred, last starred first. */
export const starredReportsQuery = infiniteQueryOptions({
  queryKey: ['reports', 'starred'],
  queryFn: ({ pageParam }) => rest<Listing<ReportSummary>>('GET', `/starred-reports${queryText({ limit: 6, after: pageParam })}`),
  initialPageParam: null as string | null,
  getNextPageParam: ({ next_cursor }) => next_cursor,
})

/** A report; who only looks sees it change. */
export const reportQuery = (id: string) =>
  queryOptions({ queryKey: ['report', id], queryFn: () => rest<Report>('GET', path(id)), refetchInterval: 15_000 })

export type Content = { display_name: string; description: string; spec: string }

export const createReport = (entity: string, project: string, content: Content, kind: 'report' | 'draft' = 'draft') =>
  rest<Report>('POST', `${projectPath(entity, project)}/reports`, { ...content, kind })

/** The caller's draft of a published report: theirs if they have one, else a new one. */
export const draftOf = ({ id, entity, project, display_name, description, spec }: Report) =>
  rest<Report>('POST', `${projectPath(entity, project)}/reports`, { display_name, description, spec, kind: 'draft', published: id })

/** What somebody else saved meanwhile. */
export class Conflict extends Error {
  readonly current: Report

  constructor(current: Report) {
    super('Somebody else saved this report meanwhile.')
    this.current = current
  }
}

async function orConflict<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (error) {
    const current = error instanceof ApiError && error.status === 412 ? (error.answer as { current?: Report } | null)?.current : null
    throw current ? new Conflict(current) : error
  }
}

/** Makes somebody else the author, for admins. */
export const handOverReport = (id: string, author: string) => rest<Report>('PATCH', path(id), { author })
/** Saves a report, if nobody else did since that version. */
export const saveReport = (id: string, content: Content, version: number) => orConflict(rest<Report>('PATCH', path(id), content, { 'If-Match': `"v${version}"` }))

/** Makes a draft what others see; `over` is a version of the published report that it goes over knowingly. */
export const publishReport = (id: string, over?: number) => orConflict(rest<Report>('POST', `${path(id)}/publish`, over === undefined ? {} : { over }))

export const deleteReport = (id: string, withDrafts = false) => rest<null>('DELETE', `${path(id)}${withDrafts ? '?drafts=true' : ''}`)
export const restoreReport = (id: string) => rest<null>('POST', `${path(id)}/restore`, {})

export type ReportLink = {
  id: number
  url: string
  projects: { entity: string; project: string }[]
  created_by: string | null
  created_at: string
  expires_at: string | null
  revoked_at: string | null
  works: boolean
  why_not: string | null
}

export const linksQuery = (id: string) => queryOptions({ queryKey: ['report-links', id], queryFn: async () => (await rest<Listing<ReportLink>>('GET', `${path(id)}/links`)).items })
export const makeLink = (id: string, expiresAt: string | null) => rest<ReportLink>('POST', `${path(id)}/links`, expiresAt ? { expires_at: expiresAt } : {})
export const revokeLink = (id: string, link: number) => rest<null>('DELETE', `${path(id)}/links/${link}`)

type Row = {
  name: string
  display_name: string | null
  state: string
  created_at: string
  started_at: string | null
  heartbeat_at: string | null
  ended_at: string | null
  group: string | null
  job_type: string | null
  tags: string[]
  username?: string | null
  sweep?: string | null
  host?: string | null
  config: Record<string, unknown>
  summary: Record<string, unknown>
}

/** A run without a place in a grid yet, so without a colour. */
export type ListedRun = Omit<PanelRun, 'color'>

/** Runs of a run set that are shown at most. */
export const RUNS_MAX = 100

export type RunsAsked = { entity: string; project: string; filter: string; order: string }

/** The runs that a run set means, and whether there are more. */
export const reportRunsQuery = (report: string, { entity, project, filter, order }: RunsAsked) =>
  queryOptions({
    queryKey: ['report-runs', report, entity, project, filter, order],
    queryFn: async () => {
      const { items, next_cursor: more } = await rest<Listing<Row>>('GET', `${path(report)}/runs${queryText({ entity, project, filter, order, limit: RUNS_MAX })}`)
      return { runs: items.map((row) => toRun(row, entity, project)), more: more !== null }
    },
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.runs.some((run) => run.state === 'running') ? 3_000 : 10_000),
  })

const toRun = (row: Row, entity: string, project: string): ListedRun => ({
  entity, project, name: row.name, displayName: row.display_name ?? '', state: row.state,
  createdAt: row.created_at, startedAt: row.started_at, heartbeatAt: row.heartbeat_at, endedAt: row.ended_at,
  group: row.group, jobType: row.job_type, tags: row.tags, username: row.username ?? null, sweep: row.sweep ?? null, host: row.host ?? null,
  config: row.config, summary: row.summary,
})
