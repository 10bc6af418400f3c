// Runs: the list of a project, and everything about one.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { PageInfo } from './projects.ts'
import type { Spec } from '../lib/customChart.ts'
import { toTable } from '../lib/table.ts'
import { filePath } from '../paths.ts'
import { ApiError, fileJson, graphql, parseJson, rest } from './request.ts'

export type Row = Record<string, unknown>
export type RunAddress = { entity: string; project: string; run: string }
export type Alert = { title: string; text: string; severity: string; createdAt: string }

export type RunSummary = {
  id: string
  name: string
  displayName: string | null
  state: string
  createdAt: string
  startedAt: string | null
  heartbeatAt: string | null
  endedAt: string | null
  tags: string[]
  user: { username: string } | null
  /** A former member of the team, or locked out. */
  authorLeft: boolean
  canDelete: boolean
  locked: boolean
  summaryMetrics: unknown
}

export type Run = RunSummary & {
  stateReason: string | null
  group: string | null
  jobType: string | null
  sweepName: string | null
  /** Where its sweep is: another project if the run moved. */
  sweepProject: { name: string; entityName: string } | null
  notes: string | null
  host: string | null
  commit: string | null
  program: string | null
  exitcode: number | null
  config: unknown
  historyLineCount: number
  logLineCount: number
  fileCount: number
  canWrite: boolean
  historyKeys: unknown
  alerts: Alert[]
  /** What rewinds cut away, each as a run of its own that is in no list. */
  archives: { name: string; displayName: string | null }[]
  /** The newest others of the project that were given the same config. */
  similarRuns: { runs: { name: string; displayName: string | null; createdAt: string; user: { username: string } | null }[]; hasMore: boolean }
}

const SUMMARY_FIELDS = 'id name displayName state createdAt startedAt heartbeatAt endedAt tags user { username } authorLeft canDelete locked summaryMetrics'

const RUNS = `query Runs($entity: String!, $project: String!, $after: String, $filters: JSONString) {
  project(name: $project, entityName: $entity) {
    id name runCount(filters: $filters)
    runs(order: "-created_at", first: 50, after: $after, filters: $filters) {
      edges { node { ${SUMMARY_FIELDS} } }
      pageInfo { endCursor hasNextPage }
    }
  }
}`

type RunPage = { project: { id: string; name: string; runCount: number; runs: { edges: { node: RunSummary }[]; pageInfo: PageInfo } } | null }

/** The runs of a project that a filter lets through, newest first, a page at a time, refreshed while somebody looks. */
export const runsQuery = (entity: string, project: string, filter = '{}') =>
  infiniteQueryOptions({
    queryKey: ['runs', entity, project, filter],
    queryFn: async ({ pageParam }) =>
      present(await graphql<RunPage>(RUNS, { entity, project, after: pageParam, filters: filter }), 'project', `project ${entity}/${project}`),
    initialPageParam: null as string | null,
    getNextPageParam: ({ runs: { pageInfo } }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
    refetchInterval: 3_000,
  })

/** What is compared of a run. */
export type ComparedRun = RunSummary & Pick<Run, 'config' | 'historyKeys' | 'historyLineCount'>

const COMPARED = `query Compared($entity: String!, $project: String!, $filters: JSONString!, $count: Int!) {
  project(name: $project, entityName: $entity) {
    runs(filters: $filters, first: $count) { edges { node { ${SUMMARY_FIELDS} config historyKeys historyLineCount } } }
  }
}`

/** Runs by their names, in that order; those that are not there any more are left out. */
export const comparedQuery = (entity: string, project: string, names: string[]) =>
  queryOptions({
    queryKey: ['runs', entity, project, 'compared', names],
    queryFn: async () => {
      const filters = JSON.stringify({ name: { $in: names } })
      const answer = await graphql<{ project: { runs: { edges: { node: ComparedRun }[] } } | null }>(COMPARED, { entity, project, filters, count: names.length })
      const { runs } = present(answer, 'project', `project ${entity}/${project}`)
      const found = new Map(runs.edges.map(({ node }) => [node.name, node]))
      return names.flatMap((name) => found.get(name) ?? [])
    },
    refetchInterval: ({ state }) => (state.data?.some((run) => isLive(run.state)) ? 3_000 : false),
  })

/** The thing that was asked for, or the error that it is not there. */
function present<K extends string, T>(answer: Record<K, T | null>, field: K, what: string): T {
  const found = answer[field]
  if (found === null) throw new ApiError(404, 'NOT_FOUND', `${what} not found`, null)
  return found
}

/** Asks for fields of one run. */
async function askRun<T>(address: RunAddress, fields: string, variables: Record<string, unknown> = {}, declared = ''): Promise<T> {
  const query = `query Run($entity: String!, $project: String!, $run: String!${declared}) {
    project(name: $project, entityName: $entity) { run(name: $run) { ${fields} } }
  }`
  const answer = await graphql<{ project: { run: T | null } | null }>(query, { ...address, ...variables })
  const project = present(answer, 'project', `project ${address.entity}/${address.project}`)
  return present(project, 'run', `run ${address.run}`)
}

const isLive = (state: string | undefined) => state === 'running' || state === 'pending'

export const runQuery = (address: RunAddress) =>
  queryOptions({
    queryKey: ['run', address],
    queryFn: () =>
      askRun<Run>(
        address,
        `${SUMMARY_FIELDS} stateReason group jobType sweepName sweepProject { name entityName } notes host commit program exitcode config historyLineCount logLineCount
         fileCount canWrite historyKeys alerts { title text severity createdAt }
         archives { name displayName } similarRuns { runs { name displayName createdAt user { username } } hasMore }`,
      ),
    refetchInterval: ({ state }) => (isLive(state.data?.state) ? 2_000 : 15_000),
  })

const SAMPLES = 500

/**
 * Sampled rows of the keys, in the order of `keys`. `version` is the count of lines the run has: as long as it stays,
 * nothing is asked again.
 */
export const historyQuery = (address: RunAddress, keys: string[], version: number) =>
  queryOptions({
    queryKey: ['history', address, keys, version],
    queryFn: async () => {
      const specs = keys.map((key) => JSON.stringify({ keys: ['_step', key], samples: SAMPLES }))
      const { sampledHistory } = await askRun<{ sampledHistory: unknown[] }>(address, 'sampledHistory(specs: $specs)', { specs }, ', $specs: [JSONString!]!')
      return new Map(keys.map((key, index) => [key, rows(sampledHistory[index])]))
    },
    enabled: keys.length > 0,
    placeholderData: keepPreviousData,
    gcTime: 10_000,
  })

export const eventsQuery = (address: RunAddress, live: boolean) =>
  queryOptions({
    queryKey: ['events', address],
    queryFn: async () => rows((await askRun<{ events: unknown }>(address, 'events(samples: 500)')).events),
    refetchInterval: live ? 5_000 : false,
  })

function rows(answer: unknown): Row[] {
  return parseJson<unknown[]>(answer, []).map((row) => parseJson<Row>(row, {}))
}

export type LogLine = { number: number; timestamp: string | null; level: string | null; label: string | null; line: string }

type LogPage = { logLines: { edges: { node: LogLine }[]; pageInfo: PageInfo } }

/** The most lines of one answer. */
const LOG_PAGE = 1000
const LOG_FIELDS = 'edges { node { number timestamp level label line } } pageInfo { endCursor hasNextPage }'

/** The newest lines of the console; `version` is the count of lines there are. */
export const logTailQuery = (address: RunAddress, version: number) =>
  queryOptions({
    queryKey: ['log-tail', address, version],
    queryFn: async () => {
      const { logLines } = await askRun<LogPage>(address, `logLines(last: $last) { ${LOG_FIELDS} }`, { last: LOG_PAGE }, ', $last: Int!')
      return logLines.edges.map((edge) => edge.node)
    },
    placeholderData: keepPreviousData,
    gcTime: 10_000,
  })

/** The lines of the console from the first one on, a page at a time. */
export const logHeadQuery = (address: RunAddress) =>
  infiniteQueryOptions({
    queryKey: ['log-head', address],
    queryFn: ({ pageParam }) =>
      askRun<LogPage>(
        address, `logLines(first: $first, after: $after) { ${LOG_FIELDS} }`, { first: LOG_PAGE, after: pageParam }, ', $first: Int!, $after: String'),
    initialPageParam: null as string | null,
    getNextPageParam: ({ logLines: { pageInfo } }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
  })

export type RunFile = { id: string; name: string; sizeBytes: number | string; mimetype: string | null; updatedAt: string | null }
type FilePage = { files: { edges: { node: RunFile }[]; pageInfo: PageInfo } }

export const filesQuery = (address: RunAddress, live: boolean) =>
  infiniteQueryOptions({
    queryKey: ['files', address],
    queryFn: ({ pageParam }) =>
      askRun<FilePage>(
        address,
        'files(first: 100, after: $after) { edges { node { id name sizeBytes mimetype updatedAt } } pageInfo { endCursor hasNextPage } }',
        { after: pageParam },
        ', $after: String',
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ files: { pageInfo } }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
    refetchInterval: live ? 5_000 : false,
  })

/** The table in a run's file. */
export const tableQuery = (address: RunAddress, path: string) =>
  queryOptions({
    queryKey: ['table', address, path],
    queryFn: async () => toTable(await fileJson(filePath(address.entity, address.project, address.run, path))),
    staleTime: Infinity,
  })

/** The specification of a chart that somebody kept under `entity/name`. */
export const keptChartQuery = (id: string) =>
  queryOptions({
    queryKey: ['custom-chart', id],
    queryFn: async () => {
      const { customChart } = await graphql<{ customChart: { spec: unknown } | null }>('query Chart($id: ID!) { customChart(id: $id) { spec } }', { id })
      return parseJson<Spec>(present({ customChart }, 'customChart', `the chart ${id}`).spec, {})
    },
    staleTime: 60_000,
  })

export const stopRun = (id: string) => graphql('mutation Stop($id: ID!) { stopRun(input: { id: $id }) { success } }', { id })
export const deleteRun = (id: string) => graphql('mutation Delete($id: ID!) { deleteRun(input: { id: $id }) { clientMutationId } }', { id })

/** Protects a run from deletion, or takes that away. */
export const lockRun = ({ entity, project, run }: RunAddress, locked: boolean) =>
  rest('PATCH', `/projects/${encodeURIComponent(entity)}/${encodeURIComponent(project)}/runs/${encodeURIComponent(run)}`, { locked })

export type RunEdit = { displayName?: string; notes?: string; tags?: string[] }
export const editRun = (id: string, edit: RunEdit) =>
  graphql(
    `mutation Edit($id: String!, $displayName: String, $notes: String, $tags: [String!]) {
      upsertBucket(input: { id: $id, displayName: $displayName, notes: $notes, tags: $tags }) { bucket { id } }
    }`,
    { id, ...edit },
  )

export const MEDIA = ['image', 'table', 'audio', 'video', 'html'] as const
export type MediaKind = (typeof MEDIA)[number]

/** Keys of the history that hold numbers, and those that hold files that a page can show. */
export function chartKeys(run: Pick<Run, 'historyKeys'>): { numbers: string[]; media: { key: string; kind: MediaKind }[] } {
  type Counted = { typeCounts?: { type: string }[] }
  const stored = parseJson<Record<string, unknown>>(run.historyKeys, {})
  const keys = Object.entries(parseJson<Record<string, Counted>>(stored['keys'], {}))
  const having = (accepts: (type: string) => boolean) =>
    keys.filter(([key, { typeCounts }]) => !key.startsWith('_') && typeCounts?.some(({ type }) => accepts(type))).map(([key]) => key)
  // As `image-file`, or `images/separated` for a list of them.
  const media = MEDIA.flatMap((kind) => having((type) => type === kind || type.startsWith(`${kind}-`) || type.startsWith(`${kind}s/`)).map((key) => ({ key, kind })))
  return { numbers: having((type) => type === 'number'), media }
}

export { isLive }
