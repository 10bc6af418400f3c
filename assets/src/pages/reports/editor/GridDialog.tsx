import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { reportRunsQuery, type ListedRun } from '../../../api/reports.ts'
import { counted } from '../../../lib/format.ts'
import { newGrid, panelsOf, textOr, texts, withPanels, type NewPanel } from '../../../lib/report/grid.ts'
import { metricNames, shownName } from '../../../lib/report/runs.ts'
import { runFilter } from '../../../lib/selection.ts'
import type { Block } from '../../../lib/report/spec.ts'
import { Button } from '../../../ui/Button.tsx'
import { Check } from '../../../ui/Check.tsx'
import { Dialog } from '../../../ui/Dialog.tsx'
import { ErrorText } from '../../../ui/ErrorText.tsx'
import { Field } from '../../../ui/Field.tsx'
import { Select } from '../../../ui/Select.tsx'
import { useSettled } from '../../../ui/useSettled.ts'
import { useReport } from '../context.ts'

type Shape = 'lines' | 'together' | 'bar' | 'scalar' | 'scatter'

const SHAPES: [Shape, string][] = [['lines', 'Lines, a panel for each'], ['together', 'Lines in one panel'], ['bar', 'Bars'], ['scalar', 'One number each'], ['scatter', 'Dots: the second over the first']]

/** The panels that somebody chose. */
export function chosenPanels(shape: Shape, metrics: string[], withComparer: boolean): NewPanel[] {
  const comparer: NewPanel[] = withComparer ? [{ type: 'comparer', metrics: [] }] : []
  if (metrics.length === 0) return comparer
  if (shape === 'lines') return [...metrics.map((metric): NewPanel => ({ type: 'line', metrics: [metric] })), ...comparer]
  if (shape === 'scalar') return [...metrics.map((metric): NewPanel => ({ type: 'scalar', metrics: [metric] })), ...comparer]
  return [{ type: shape === 'together' ? 'line' : shape, metrics }, ...comparer]
}

/** Asks which metrics of which runs a new grid shows; of one that is there, which panels go and which come. */
export function GridDialog({ block, onDone }: { block: Block | null; onDone: (block: Block | null) => void }) {
  const { home: { report, entity, project } } = useReport()
  const [find, setFind] = useState('')
  const [picked, setPicked] = useState<ReadonlySet<string> | null>(null)
  const [metrics, setMetrics] = useState<ReadonlySet<string>>(new Set())
  const [shape, setShape] = useState<Shape>('lines')
  const [withComparer, setWithComparer] = useState(false)
  const [removed, setRemoved] = useState<ReadonlySet<string>>(new Set())
  const sought = useSettled(find, 200)
  const runs = useQuery(reportRunsQuery(report, { entity, project, filter: runFilter({ find: sought, state: '' }), order: '-created_at' }))
  const known = runs.data?.runs ?? []
  const names = metricNames(known)
  const panels = chosenPanels(shape, [...metrics], withComparer)
  const there = block ? panelsOf(block).filter((panel) => !removed.has(panel.id)) : []
  const finish = () => onDone(block ? withPanels(block, removed, panels) : newGrid({ entity, project, panels, runs: picked ? [...picked] : null, find: sought }))
  return (
    <Dialog title={block ? 'Panels of this grid' : 'New panel grid'} wide onClose={() => onDone(null)}>
      <div className="grid-choice">
        {block ? (
          <fieldset className="choice-list">
            <legend>Panels that are there</legend>
            {there.length === 0 ? <p className="quiet">None.</p> : null}
            {there.map((panel) => (
              <div key={panel.id} className="choice-row">
                <span className="truncate">{textOr(panel.config['chartTitle'], texts(panel.config['metrics']).join(', ') || panel.type)} <span className="quiet">{panel.type}</span></span>
                <Button kind="danger" onClick={() => setRemoved(new Set([...removed, panel.id]))}>Remove</Button>
              </div>
            ))}
          </fieldset>
        ) : (
          <fieldset className="choice-list">
            <legend>Runs of {project}</legend>
            <Field label="Name has" type="search" value={find} onChange={(event) => setFind(event.target.value)} />
            <Check label="All that match, later ones too" checked={picked === null} onChange={(event) => setPicked(event.target.checked ? null : new Set(known.map((run) => run.name)))} />
            <p className="quiet" role="status">{counted(known.length, 'run')}{runs.data?.more ? ' and more' : ''}</p>
            {picked ? <Picks runs={known} picked={picked} onPick={setPicked} /> : null}
          </fieldset>
        )}
        <fieldset className="choice-list">
          <legend>{block ? 'Panels to add' : 'Metrics'}</legend>
          <Select label="Drawn as" value={shape} options={SHAPES} onChange={(event) => setShape(event.target.value as Shape)} />
          <div className="choice-scroll" tabIndex={0} role="group" aria-label="Metrics">
            {names.map((name) => <Check key={name} label={name} checked={metrics.has(name)} onChange={() => setMetrics(flipped(metrics, name))} />)}
            {runs.data && names.length === 0 ? <p className="quiet">These runs logged no metrics.</p> : null}
          </div>
          <Check label="Runs side by side (config and summary)" checked={withComparer} onChange={(event) => setWithComparer(event.target.checked)} />
        </fieldset>
      </div>
      <ErrorText error={runs.error} />
      <div className="dialog-actions">
        <Button onClick={() => onDone(null)}>Cancel</Button>
        <Button kind="primary" disabled={block ? removed.size === 0 && panels.length === 0 : panels.length === 0} onClick={finish}>{block ? 'Change panels' : `Put in ${counted(panels.length, 'panel')}`}</Button>
      </div>
    </Dialog>
  )
}

const flipped = (set: ReadonlySet<string>, name: string) => {
  const next = new Set(set)
  if (!next.delete(name)) next.add(name)
  return next
}

function Picks({ runs, picked, onPick }: { runs: ListedRun[]; picked: ReadonlySet<string>; onPick: (picked: ReadonlySet<string>) => void }) {
  return (
    <div className="choice-scroll" tabIndex={0} role="group" aria-label="Runs">
      {runs.map((run) => <Check key={run.name} label={shownName(run)} checked={picked.has(run.name)} onChange={() => onPick(flipped(picked, run.name))} />)}
    </div>
  )
}
