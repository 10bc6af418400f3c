import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { parseJson } from '../../api/request.ts'
import { comparedQuery, type ComparedRun } from '../../api/runs.ts'
import { compared, readDirections, usualDirection, writeDirections, type Direction } from '../../lib/compare.ts'
import { counted } from '../../lib/format.ts'
import { plainConfig } from '../../lib/tree.ts'
import { COMPARED_MAX, readNames } from '../../paths.ts'
import { Check } from '../../ui/Check.tsx'
import { CsvButton } from '../../ui/CsvButton.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { ProjectTabs } from '../../ui/ProjectTabs.tsx'
import { Select } from '../../ui/Select.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { useUrl } from '../../ui/useUrl.ts'
import { Problem } from '../Problem.tsx'
import { Curves } from './Curves.tsx'
import { Differences } from './Differences.tsx'
import './compare.css'
import '../../ui/sections.css'

/** Runs beside each other: what they were given, what came out against a baseline, and their curves in one chart each. */
export function ComparePage() {
  const { entity = '', project = '' } = useParams({ strict: false })
  const [url, setUrl] = useUrl()
  useTitle(`Compare · ${project}`)
  const names = readNames(url['runs'] ?? '').slice(0, COMPARED_MAX)
  const query = useQuery({ ...comparedQuery(entity, project, names), enabled: names.length > 0 })
  if (query.error && !query.data) return <Problem error={query.error} retry={() => void query.refetch()} />
  const runs = query.data ?? []
  const base = Math.max(0, runs.findIndex((run) => run.name === url['base']))
  const all = url['all'] === 'yes'
  const gone = names.length - runs.length
  return (
    <div className="page">
      <div className="page-head">
        <h1>Compare runs</h1>
        {query.data ? <span className="quiet">{counted(runs.length, 'run')}</span> : null}
      </div>
      <ProjectTabs entity={entity} project={project} current="runs" />
      {query.isLoading ? <Loading what="runs" rows={8} /> : null}
      {query.data && gone > 0 ? <p className="quiet compare-note" role="status">{counted(gone, 'run')} of the address cannot be found.</p> : null}
      {!query.isLoading && runs.length < 2 ? (
        <p className="card compare-empty">Pick 2 to {COMPARED_MAX} runs of the project <Link to="/$entity/$project" params={{ entity, project }}>{project}</Link> and choose Compare.</p>
      ) : null}
      {runs.length >= 2 ? (
        <>
          <div className="table-tools">
            <Select label="Baseline" value={runs[base]?.name ?? ''} options={runs.map((run) => [run.name, nameOf(run)])} onChange={(event) => setUrl({ base: event.target.value })} />
            <Check label="Only what differs" checked={!all} onChange={(event) => setUrl({ all: event.target.checked ? '' : 'yes' })} />
          </div>
          <Tables runs={runs} base={base} all={all} entity={entity} project={project} />
          <Curves key={runs.length} entity={entity} project={project} runs={runs} />
        </>
      ) : null}
    </div>
  )
}

const nameOf = (run: ComparedRun) => run.displayName || run.name

type TablesProps = { runs: ComparedRun[]; base: number; all: boolean; entity: string; project: string }

function Tables({ runs, base, all, entity, project }: TablesProps) {
  const [url, setUrl] = useUrl()
  const chosen = readDirections(url['better'] ?? '')
  const shown = (rows: ReturnType<typeof compared>) => (all ? rows : rows.filter((row) => row.differs))
  const config = compared(runs.map((run) => plainConfig(parseJson(run.config, {}))))
  const ours = compared(runs.map((run) => parseJson<Record<string, unknown>>(run.summaryMetrics, {})))
  const summary = ours.filter(({ path }) => !path.startsWith('_'))
  const directionOf = (path: string): Direction => chosen.get(path) ?? (chosen.has(path) ? null : usualDirection(path))
  const onDirection = (path: string, direction: Direction) => setUrl({ better: writeDirections(new Map([...chosen, [path, direction]])) })
  const cells = () =>
    [...shown(config).map((row) => ['config', row] as const), ...shown(summary).map((row) => ['summary', row] as const)].map(([part, { path, values }]) => [part, path, ...values.map(cell)])
  const head = { runs, base, entity, project }
  return (
    <>
      <div className="table-tools"><CsvButton name={`compared-runs-of-${project}`} columns={['part', 'key', ...runs.map(nameOf)]} rows={cells} /></div>
      <Differences title="Config" {...head} rows={shown(config)} total={config.length} />
      <Differences title="Summary" {...head} rows={shown(summary)} total={summary.length} judged={{ directionOf, onDirection }} />
    </>
  )
}

/** As a file has it. */
function cell(value: unknown): string | number | null {
  if (value === undefined || value === null) return null
  return typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value)
}
