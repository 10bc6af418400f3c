import { Table2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { Series } from '../charts/line.ts'
import { formatNumber } from '../lib/format.ts'
import { splitKey } from '../lib/metrics.ts'
import { Button } from './Button.tsx'
import { LineChart } from './LineChart.tsx'
import './panel.css'

type Props = { title: string; xTitle: string; series: Series[] | null; note?: string | null }

/** One metric: its name, the chart, and the same points as a table. `series` is null until they are known. */
export function Panel({ title, xTitle, series, note = null }: Props) {
  const [asTable, setAsTable] = useState(false)
  const spec = useMemo(() => ({ title, xTitle, series: series ?? [] }), [title, xTitle, series])
  const { prefix, name } = splitKey(title)
  const empty = series?.every((one) => one.x.length === 0)
  return (
    <figure className="card panel">
      <figcaption className="panel-head">
        <span className="panel-title truncate" title={title}>{prefix ? <span className="quiet">{prefix}/</span> : null}{name}</span>
        {note ? <span className="panel-note">{note}</span> : null}
        <Button kind="icon" aria-pressed={asTable} aria-label={`${title} as a table`} title="Show as a table" onClick={() => setAsTable(!asTable)}>
          <Table2 size={14} aria-hidden />
        </Button>
      </figcaption>
      <div className="panel-body">
        {series === null ? null : empty ? <p className="panel-empty quiet">No numbers yet.</p> : asTable ? <Points spec={spec} /> : <LineChart spec={spec} />}
      </div>
    </figure>
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
