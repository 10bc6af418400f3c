import { useMemo, type ReactNode } from 'react'
import type { Axis, Series } from '../charts/line.ts'
import { formatNumber } from '../lib/format.ts'
import { LineChart } from './LineChart.tsx'
import { PanelFrame } from './PanelFrame.tsx'

type Props = { title: string; xTitle: string; series: Series[] | null; note?: string | null; x?: Axis; y?: Axis; actions?: ReactNode }

/** One metric: its name, the chart, and the same points as a table. `series` is null until they are known. */
export function Panel({ title, xTitle, series, note = null, x, y, actions }: Props) {
  const spec = useMemo(() => ({ title, xTitle, series: series ?? [], ...(x ? { x } : {}), ...(y ? { y } : {}) }), [title, xTitle, series, x, y])
  const empty = series?.every((one) => one.x.length === 0)
  return (
    <PanelFrame title={title} note={note} table={series && !empty ? () => <Points spec={spec} /> : null} actions={actions}>
      {series === null ? null : empty ? <p className="panel-empty quiet">No numbers yet.</p> : <LineChart spec={spec} />}
    </PanelFrame>
  )
}

function Points({ spec }: { spec: { title: string; xTitle: string; series: Series[] } }) {
  const steps = [...new Set(spec.series.flatMap((series) => [...series.x]))].sort((left, right) => right - left)
  const values = spec.series.map((series) => new Map([...series.x].map((x, index) => [x, series.y[index]])))
  return (
    <div className="panel-points" tabIndex={0} role="region" aria-label={`Points of ${spec.title}`}>
      <table className="table">
        <thead><tr><th className="number">{spec.xTitle}</th>{spec.series.map((series) => <th key={series.name} className="number">{series.name}</th>)}</tr></thead>
        <tbody>
          {steps.map((step) => (
            <tr key={step}>
              <td className="number">{formatNumber(step)}</td>
              {values.map((points, index) => <td key={spec.series[index]?.name} className="number">{points.has(step) ? formatNumber(points.get(step) ?? Number.NaN) : '—'}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
