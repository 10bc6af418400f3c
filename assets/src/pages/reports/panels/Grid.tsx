import { Link } from '@tanstack/react-router'
import { useEffect, useMemo, useState } from 'react'
import { RUNS_MAX } from '../../../api/reports.ts'
import { counted } from '../../../lib/format.ts'
import { panelsOf, type PanelSpec } from '../../../lib/report/grid.ts'
import { runId, shownName, type PanelRun } from '../../../lib/report/runs.ts'
import type { Block } from '../../../lib/report/spec.ts'
import { runPath } from '../../../paths.ts'
import { ErrorText } from '../../../ui/ErrorText.tsx'
import { State } from '../../../ui/State.tsx'
import { useOnScreen } from '../../../ui/useOnScreen.ts'
import { useReport } from '../context.ts'
import { PanelTalk } from '../talk/PanelTalk.tsx'
import { PanelView } from './PanelView.tsx'
import { useGridData, type GridData, type RunSetRuns } from './useGridData.ts'
import './grid.css'

/** Panels on their run sets. What is out of sight is asked for and drawn once the page is at rest, for paper; it lives while it is in sight. */
export function Grid({ block }: { block: Block }) {
  const { home } = useReport()
  const panels = useMemo(() => panelsOf(block), [block])
  const { ref, onScreen } = useOnScreen<HTMLDivElement>()
  const rested = useRest()
  const data = useGridData(block, panels, home, onScreen || rested, onScreen)
  const hidesRunSets = (block['metadata'] as { hideRunSets?: unknown } | undefined)?.hideRunSets === true
  const waits = data.isPending && data.error === null && data.sets.every(({ error }) => error === null)
  return (
    <div ref={ref} className="grid-block" data-waits={waits ? '' : undefined}>
      {data.sets.map(({ set, error }) => (error ? <ErrorText key={set.id} error={new Error(`${set.name}: ${error.message}`)} /> : null))}
      <ErrorText error={data.error} />
      <div className="report-grid">
        {panels.map((panel, index) => <Slot key={panel.id} panel={panel} data={data} delay={rested && !waits ? index * APART : null} />)}
      </div>
      {panels.length === 0 ? <p className="quiet">This grid has no panels.</p> : null}
      {hidesRunSets ? null : <Legend sets={data.sets} />}
    </div>
  )
}

/** Milliseconds between panels that are drawn out of sight: each is done before the next begins. */
const APART = 50

/** Whether the page has been there for some seconds. */
function useRest(): boolean {
  const [rested, setRested] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setRested(true), 1_500)
    return () => clearTimeout(timer)
  }, [])
  return rested
}

/** A panel in its place. It is drawn once it comes into sight, or after a delay, and stays. */
function Slot({ panel, data, delay }: { panel: PanelSpec; data: GridData; delay: number | null }) {
  const { ref, onScreen } = useOnScreen<HTMLDivElement>()
  const [seen, setSeen] = useState(false)
  if (onScreen && !seen) setSeen(true)
  useEffect(() => {
    if (delay === null || seen) return
    const timer = setTimeout(() => setSeen(true), delay)
    return () => clearTimeout(timer)
  }, [delay, seen])
  const { x, y, w, h } = panel.place
  const place = { '--column': `${x + 1} / span ${w}`, '--row': `${y + 1} / span ${h}`, '--rows': h } as React.CSSProperties
  return (
    <div ref={ref} className="report-panel" data-panel={panel.id} style={place}>
      {onScreen || seen ? <PanelView panel={panel} data={data} /> : null}
      <PanelTalk panel={panel.id} />
    </div>
  )
}

/** Which colour is which run. */
function Legend({ sets }: { sets: RunSetRuns[] }) {
  const { byLink } = useReport()
  const shown = sets.filter(({ runs }) => runs.length > 0)
  const total = shown.reduce((sum, { runs }) => sum + runs.length, 0)
  return (
    <details className="grid-legend" open={total <= 12}>
      <summary>{counted(total, 'run')}{shown.some(({ more }) => more) ? ` (the first ${RUNS_MAX} of each set)` : ''}</summary>
      {shown.map(({ set, runs }) => (
        <ul key={set.id} aria-label={set.name}>
          {runs.map((run) => <li key={runId(run)}><Swatch run={run} /> <RunName run={run} asText={byLink} /> <State state={run.state} /></li>)}
        </ul>
      ))}
    </details>
  )
}

function RunName({ run, asText }: { run: PanelRun; asText: boolean }) {
  return asText ? <span>{shownName(run)}</span> : <Link to={runPath({ entity: run.entity, project: run.project, run: run.name })}>{shownName(run)}</Link>
}

function Swatch({ run: { color } }: { run: PanelRun }) {
  return <span className="swatch" style={{ background: typeof color === 'number' ? `var(--run-${color})` : color }} aria-hidden />
}
