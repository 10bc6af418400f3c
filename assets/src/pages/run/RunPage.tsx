import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { runQuery, type Run, type RunAddress } from '../../api/runs.ts'
import { runPath } from '../../paths.ts'
import { Duration } from '../../ui/Duration.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { State } from '../../ui/State.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { NotFound, Problem } from '../Problem.tsx'
import { Actions } from './Actions.tsx'
import { Charts } from './Charts.tsx'
import { Config } from './Config.tsx'
import { Files } from './Files.tsx'
import { Logs } from './Logs.tsx'
import { Overview } from './Overview.tsx'
import { SameConfig } from './SameConfig.tsx'
import { System } from './System.tsx'
import './run.css'

export type TabProps = { address: RunAddress; run: Run }

const TABS = [
  { path: 'overview', name: 'Overview', view: Overview },
  { path: 'charts', name: 'Charts', view: Charts },
  { path: 'system', name: 'System', view: System },
  { path: 'logs', name: 'Logs', view: Logs },
  { path: 'files', name: 'Files', view: Files },
  { path: 'config', name: 'Config & summary', view: Config },
]

/** One run. Without a tab in the address: its charts, which is what people come for. */
export function RunPage() {
  const { entity = '', project = '', run: name = '', tab: path = 'charts' } = useParams({ strict: false })
  const address = { entity, project, run: name }
  const query = useQuery(runQuery(address))
  const run = query.data
  useTitle(`${run?.displayName || name} · ${project}`)

  const tab = TABS.find((one) => one.path === path)
  if (!tab) return <NotFound />
  if (query.error && !run) return <Problem error={query.error} retry={() => void query.refetch()} />
  if (!run) return <div className="page"><Loading what="the run" /></div>

  const base = runPath(address)
  const counts: Record<string, number> = { files: run.fileCount, logs: run.logLineCount }
  const View = tab.view
  return (
    <div className="page run-page">
      <div className="page-head">
        <h1 className="truncate" title={name}>{run.displayName || name}</h1>
        <State state={run.state} />
        <span className="quiet number"><Duration run={run} /></span>
        {query.error ? <span role="status" className="quiet">Reconnecting…</span> : null}
        <Actions address={address} run={run} />
      </div>
      <SameConfig address={address} run={run} />
      <Tabs label="Parts of the run" tabs={TABS.map((one) => ({ to: `${base}/${one.path}`, name: one.name, count: counts[one.path] ?? 0, current: one === tab }))} />
      <View address={address} run={run} />
    </div>
  )
}

