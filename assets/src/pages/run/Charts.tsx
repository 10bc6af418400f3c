import { useQuery } from '@tanstack/react-query'
import { FilePlus2 } from 'lucide-react'
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react'
import { parseJson } from '../../api/request.ts'
import { chartKeys, historyQuery, type MediaKind, type Row, type RunAddress } from '../../api/runs.ts'
import { customCharts, type CustomChart } from '../../lib/customChart.ts'
import { sections } from '../../lib/metrics.ts'
import { toSeries } from '../../lib/series.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { useOnScreen } from '../../ui/useOnScreen.ts'
import { useMayReport } from '../reports/useMayReport.ts'
import { CustomChartPanel } from './CustomChartPanel.tsx'
import { Media } from './Media.tsx'
import type { TabProps } from './RunPage.tsx'
import '../../ui/panel.css'

/** A panel for each number, chart and file that can be shown which the run logged. Only what can be seen is asked for, in one question for all panels. */
export function Charts({ address, run }: TabProps) {
  const { numbers, media: logged } = chartKeys(run)
  const charts = useMemo(() => customCharts(parseJson(run.config, {})), [run.config])
  const tables = new Set(charts.map(({ tableKey }) => tableKey))
  const media = logged.filter(({ key }) => !tables.has(key))
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set())
  const onSeen = useCallback((key: string, onScreen: boolean) => {
    setSeen((before) => {
      const after = new Set(before)
      if (onScreen) after.add(key)
      else after.delete(key)
      return after
    })
  }, [])
  const mayReport = useMayReport(address.entity, address.project)
  const history = useQuery(historyQuery(address, [...seen].sort(), run.historyLineCount))

  if (numbers.length === 0 && media.length === 0 && charts.length === 0) {
    return <p className="run-empty quiet">{run.state === 'running' ? 'Waiting for the first log…' : 'This run logged no metrics.'}</p>
  }
  return (
    <>
      <ErrorText error={history.error} />
      {sections(numbers).map(({ name, keys }) => (
        <section key={name} className="panel-section" aria-label={name}>
          <h2>{name} <span className="quiet">{keys.length}</span></h2>
          <div className="panel-grid">
            {keys.map((key) => <MetricPanel key={key} name={key} address={address} mayReport={mayReport} rows={history.data?.get(key)} total={run.historyLineCount} onSeen={onSeen} />)}
          </div>
        </section>
      ))}
      {charts.length > 0 ? (
        <section className="panel-section" aria-label="Custom charts">
          <h2>Custom charts <span className="quiet">{charts.length}</span></h2>
          <div className="panel-grid">
            {charts.map((chart) => <SeenChart key={chart.key} chart={chart} address={address} rows={history.data?.get(chart.tableKey)} onSeen={onSeen} />)}
          </div>
        </section>
      ) : null}
      {media.length > 0 ? (
        <section className="panel-section" aria-label="Media">
          <h2>Media <span className="quiet">{media.length}</span></h2>
          <div className="panel-grid">
            {media.map(({ key, kind }) => <MediaPanel key={key} name={key} kind={kind} address={address} rows={history.data?.get(key)} onSeen={onSeen} />)}
          </div>
        </section>
      ) : null}
    </>
  )
}

const AddToReport = lazy(() => import('../reports/AddToReport.tsx').then((module) => ({ default: module.AddToReport })))

type Seen = (key: string, onScreen: boolean) => void

function useSeen(key: string, onSeen: Seen) {
  const { ref, onScreen } = useOnScreen<HTMLDivElement>()
  useEffect(() => onSeen(key, onScreen), [key, onScreen, onSeen])
  return ref
}

/** The last rows that came for a panel: a panel that scrolls back shows them until newer ones are here. */
function useLastRows(rows: Row[] | undefined): Row[] | undefined {
  const [last, setLast] = useState(rows)
  if (rows && rows !== last) setLast(rows)
  return rows ?? last
}

function MetricPanel({ name, address, mayReport, rows, total, onSeen }: { name: string; address: RunAddress; mayReport: boolean; rows: Row[] | undefined; total: number; onSeen: Seen }) {
  const ref = useSeen(name, onSeen)
  const known = useLastRows(rows)
  const [adding, setAdding] = useState(false)
  const series = useMemo(() => (known ? [{ name, color: 1, ...toSeries(known, '_step', name) }] : null), [known, name])
  const points = series?.[0]?.x.length ?? 0
  const note = points >= 500 && total > points ? `sampled: ${points} of ${total}` : null
  const add = mayReport ? <Button kind="icon" aria-label={`Add ${name} to a report`} title="Add to a report" onClick={() => setAdding(true)}><FilePlus2 size={14} aria-hidden /></Button> : null
  return (
    <div ref={ref}>
      <Panel title={name} xTitle="Step" series={series} note={note} actions={add} />
      {adding ? <Suspense fallback={null}><AddToReport address={address} metric={name} onClose={() => setAdding(false)} /></Suspense> : null}
    </div>
  )
}

function MediaPanel({ name, kind, address, rows, onSeen }: { name: string; kind: MediaKind; address: RunAddress; rows: Row[] | undefined; onSeen: Seen }) {
  const ref = useSeen(name, onSeen)
  return <div ref={ref}><Media name={name} kind={kind} address={address} rows={useLastRows(rows) ?? []} /></div>
}

function SeenChart({ chart, address, rows, onSeen }: { chart: CustomChart; address: RunAddress; rows: Row[] | undefined; onSeen: Seen }) {
  const ref = useSeen(chart.tableKey, onSeen)
  return <div ref={ref}><CustomChartPanel chart={chart} address={address} rows={useLastRows(rows) ?? []} /></div>
}
