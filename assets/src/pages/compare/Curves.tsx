import { useMutation, useQueries } from '@tanstack/react-query'
import { ImageDown } from 'lucide-react'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { chartKeys, historyQuery, type ComparedRun, type Row } from '../../api/runs.ts'
import type { Series } from '../../charts/line.ts'
import { downloadCharts } from '../../lib/image.ts'
import { toSeries } from '../../lib/series.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { useOnScreen } from '../../ui/useOnScreen.ts'
import '../../ui/panel.css'

/** Colours there are; with more runs they come again. */
const COLORS = 8

const nameOf = (run: ComparedRun) => run.displayName || run.name
const colorOf = (index: number) => (index % COLORS) + 1

/** A chart for each metric with a line for each run. Only what can be seen is asked for. */
export function Curves({ entity, project, runs }: { entity: string; project: string; runs: ComparedRun[] }) {
  const keysOf = runs.map((run) => new Set(chartKeys(run).numbers))
  const keys = [...new Set(keysOf.flatMap((keys) => [...keys]))].sort((left, right) => shared(keysOf, right) - shared(keysOf, left) || left.localeCompare(right, 'en', { numeric: true }))
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set())
  const onSeen = useCallback((key: string, onScreen: boolean) => {
    setSeen((before) => {
      const after = new Set(before)
      if (onScreen) after.add(key)
      else after.delete(key)
      return after
    })
  }, [])
  const wanted = [...seen].sort()
  const histories = useQueries({
    queries: runs.map((run, index) => historyQuery({ entity, project, run: run.name }, wanted.filter((key) => keysOf[index]?.has(key)), run.historyLineCount)),
  })
  const charts = useRef<HTMLDivElement>(null)
  const picturing = useMutation({
    mutationFn: async () => {
      if (!charts.current) return
      const style = getComputedStyle(document.documentElement)
      const legend = runs.map((run, index) => ({ name: nameOf(run), color: style.getPropertyValue(`--run-${colorOf(index)}`).trim() }))
      await downloadCharts(charts.current, `compared-runs-of-${project}`, legend)
    },
  })
  return (
    <section className="panel-section" aria-label="Curves">
      <div className="compare-head">
        <h2>Curves <span className="quiet">{keys.length}</span></h2>
        {keys.length > 0 ? <Button disabled={picturing.isPending} onClick={() => picturing.mutate()}><ImageDown size={14} aria-hidden /> Image of what is drawn</Button> : null}
      </div>
      <ErrorText error={picturing.error ?? histories.find((history) => history.error)?.error ?? null} />
      <ul className="compare-legend" aria-label="Runs">
        {runs.map((run, index) => <li key={run.id}><span className={`compare-color compare-color-${colorOf(index)}`} aria-hidden /> {nameOf(run)}</li>)}
      </ul>
      {keys.length === 0 ? <p className="quiet">These runs logged no metrics.</p> : null}
      <div className="panel-grid" ref={charts}>
        {keys.map((key) => <Curve key={key} name={key} runs={runs} rows={histories.map((history) => history.data?.get(key))} onSeen={onSeen} />)}
      </div>
    </section>
  )
}

/** How many of the runs have it. */
const shared = (keysOf: Set<string>[], key: string) => keysOf.filter((keys) => keys.has(key)).length

type CurveProps = { name: string; runs: ComparedRun[]; rows: (Row[] | undefined)[]; onSeen: (key: string, onScreen: boolean) => void }

function Curve({ name, runs, rows, onSeen }: CurveProps) {
  const { ref, onScreen } = useOnScreen<HTMLDivElement>()
  useEffect(() => onSeen(name, onScreen), [name, onScreen, onSeen])
  const known = rows.some((one) => one !== undefined)
  const series = useMemo(
    () => (known ? rows.flatMap((one, index): Series[] => (one && runs[index] ? [{ name: nameOf(runs[index]), color: colorOf(index), ...toSeries(one, '_step', name) }] : [])) : null),
    // Rows come anew with each answer, and stay the same ones until then.
    [known, name, runs, ...rows],
  )
  return <div ref={ref}><Panel title={name} xTitle="Step" series={series} /></div>
}
