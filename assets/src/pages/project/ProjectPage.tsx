import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { parseJson } from '../../api/request.ts'
import { runsQuery, type RunSummary } from '../../api/runs.ts'
import { formatNumber } from '../../lib/format.ts'
import { commonMetrics } from '../../lib/run.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { Duration } from '../../ui/Duration.tsx'
import { FirstSteps } from '../../ui/FirstSteps.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { ProjectTabs } from '../../ui/ProjectTabs.tsx'
import { State } from '../../ui/State.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { Problem } from '../Problem.tsx'

const METRIC_COLUMNS = 3

/** The runs of a project, newest first. */
export function ProjectPage() {
  const { entity = '', project = '' } = useParams({ strict: false })
  useTitle(`${project} · ${entity}`)
  const query = useInfiniteQuery(runsQuery(entity, project))
  if (query.error && !query.data) return <Problem error={query.error} retry={() => void query.refetch()} />
  const runs = query.data?.pages.flatMap((page) => page.runs.edges.map((edge) => edge.node)) ?? []
  const total = query.data?.pages[0]?.runCount ?? 0
  const live = runs.filter((run) => run.state === 'running').length
  return (
    <div className="page">
      <div className="page-head">
        <h1>Runs</h1>
        {query.data ? <span className="quiet">{total}</span> : null}
        {live > 0 ? <span className="state state-running"><span className="dot" aria-hidden /> {live} live</span> : null}
        {query.error ? <span role="status" className="quiet">Reconnecting…</span> : null}
      </div>
      <ProjectTabs entity={entity} project={project} current="runs" />
      {!query.data ? <Loading what="runs" rows={8} /> : null}
      {query.data && runs.length === 0 ? <FirstSteps title={`No runs in ${project} yet`} entity={entity} project={project} /> : null}
      {runs.length > 0 ? (
        <div className="card">
          <RunTable runs={runs} entity={entity} project={project} />
          {query.hasNextPage ? (
            <div className="table-more">
              <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>Show older runs</Button>{' '}
              <span className="quiet">{runs.length} of {total}</span>
            </div>
          ) : null}
        </div>
      ) : null}
    </div>
  )
}

function RunTable({ runs, entity, project }: { runs: RunSummary[]; entity: string; project: string }) {
  const summaries = new Map(runs.map((run) => [run.id, parseJson<Record<string, unknown>>(run.summaryMetrics, {})]))
  const metrics = commonMetrics([...summaries.values()], METRIC_COLUMNS)
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Runs">
      <table className="table">
        <thead>
          <tr>
            <th>Name</th>
            <th>State</th>
            {metrics.map((key) => <th key={key} className="number">{key}</th>)}
            <th>User</th>
            <th>Created</th>
            <th className="number">Duration</th>
            <th>Tags</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id}>
              <td><Link to="/$entity/$project/runs/$run" params={{ entity, project, run: run.name }}>{run.displayName || run.name}</Link></td>
              <td><State state={run.state} /></td>
              {metrics.map((key) => <td key={key} className="number"><Metric value={summaries.get(run.id)?.[key]} /></td>)}
              <td>{run.user?.username ?? <span className="quiet">—</span>}</td>
              <td><Ago time={run.createdAt} /></td>
              <td className="number"><Duration run={run} /></td>
              <td>{run.tags.map((tag) => <Tag key={tag}>{tag}</Tag>)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Metric({ value }: { value: unknown }) {
  return typeof value === 'number' ? <span title={String(value)}>{formatNumber(value)}</span> : <span className="quiet">—</span>
}
