import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { eventsQuery, isLive, type Row } from '../../api/runs.ts'
import { systemSections } from '../../lib/metrics.ts'
import { toNumber, toSeries } from '../../lib/series.ts'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Panel } from '../../ui/Panel.tsx'
import type { TabProps } from './RunPage.tsx'

/** What the machine did meanwhile, over the run's seconds. */
export function System({ address, run }: TabProps) {
  const events = useQuery(eventsQuery(address, isLive(run.state)))
  const keys = useMemo(() => measuredKeys(events.data ?? []), [events.data])
  if (!events.data) return events.error ? <ErrorText error={events.error} /> : <Loading what="system metrics" />
  if (keys.length === 0) {
    return <p className="run-empty quiet">No system metrics yet. The client sends the first ones after some seconds.</p>
  }
  return systemSections(keys).map(({ name, keys: members }) => (
    <section key={name} className="panel-section" aria-label={name}>
      <h2>{name} <span className="quiet">{members.length}</span></h2>
      <div className="panel-grid">
        {members.map((key) => <SystemPanel key={key} name={key} rows={events.data} />)}
      </div>
    </section>
  ))
}

function measuredKeys(rows: Row[]): string[] {
  const keys = new Set<string>()
  for (const row of rows) for (const [key, value] of Object.entries(row)) if (!key.startsWith('_') && Number.isFinite(toNumber(value))) keys.add(key)
  return [...keys]
}

function SystemPanel({ name, rows }: { name: string; rows: Row[] }) {
  const title = name.replace(/^system[./]/, '')
  const series = useMemo(() => [{ name: title, color: 3, ...toSeries(rows, '_runtime', name) }], [rows, name, title])
  return <Panel title={title} xTitle="Seconds" series={series} />
}
