import { formatNumber } from '../../../lib/format.ts'
import { aggregate } from '../../../lib/report/curves.ts'
import { numberOr, textOr, texts } from '../../../lib/report/grid.ts'
import { axisTitle, grouped, numberAt, shownName } from '../../../lib/report/runs.ts'
import { PanelFrame, PanelTable } from '../../../ui/PanelFrame.tsx'
import { groupingFor } from './LinePlot.tsx'
import type { PanelProps } from './PanelView.tsx'
import type { GridData } from './useGridData.ts'

export type Bar = { name: string; value: number; color: number | string }

/** The bars of a chart: what each run has of each metric, or what stands for each group of them. */
export function barsOf(config: Record<string, unknown>, data: GridData): Bar[] {
  const metrics = texts(config['metrics'])
  const named = (name: string, metric: string) => (metrics.length > 1 ? `${name} ${axisTitle(metric)}` : name)
  const grouping = groupingFor(config, data)
  const agg = textOr(config['groupAgg'], 'mean')
  const bars = grouping.length > 0
    ? grouped(data.runs, grouping).flatMap((group, index) => metrics.map((metric) => ({ name: named(group.name, metric), value: aggregate(group.runs.map((run) => numberAt(run, metric)).filter(Number.isFinite), agg), color: (index % 8) + 1 })))
    : data.runs.slice(0, numberOr(config['limit'], null) ?? data.runs.length).flatMap((run) => metrics.map((metric) => ({ name: named(shownName(run), metric), value: numberAt(run, metric), color: run.color })))
  return bars.filter(({ value }) => Number.isFinite(value))
}

const BARS_MAX = 50

/** A bar for each run or group, as long as the metric's last value. */
export function BarChart({ panel: { config }, data }: PanelProps) {
  const all = barsOf(config, data)
  const shown = all.slice(0, numberOr(config['barLimit'], null) ?? BARS_MAX)
  const title = textOr(config['chartTitle'], texts(config['metrics']).map(axisTitle).join(', ') || 'Bar chart')
  const low = Math.min(0, ...shown.map(({ value }) => value), numberOr(config['xAxisMin'], null) ?? 0)
  const high = numberOr(config['xAxisMax'], null) ?? Math.max(0, ...shown.map(({ value }) => value))
  const share = (value: number) => (high > low ? `${(Math.min(1, Math.max(0, (Math.max(value, 0) - Math.min(value, 0)) / (high - low))) * 100).toFixed(2)}%` : '0%')
  const from = (value: number) => (high > low ? `${(((Math.min(value, 0) - low) / (high - low)) * 100).toFixed(2)}%` : '0%')
  const label = `Bar chart of ${title}. ${shown.map(({ name, value }) => `${name}: ${formatNumber(value)}`).join('. ')}`
  const note = all.length > shown.length ? `${shown.length} of ${all.length} bars` : textOr(config['xAxisTitle'], '') || null
  return (
    <PanelFrame title={title} note={note} table={() => <PanelTable label={`Values of ${title}`} columns={['Run', title]} rows={all.map(({ name, value }) => [name, formatNumber(value)])} />}>
      {shown.length === 0 ? <p className="panel-empty quiet">{data.isPending ? '' : 'No numbers yet.'}</p> : (
        <div className={config['vertical'] === true ? 'bars bars-upright' : 'bars'} role="img" aria-label={label}>
          {shown.map(({ name, value, color }) => (
            <div key={name} className="bar">
              <span className="bar-name truncate">{name}</span>
              <span className="bar-room">
                <span className="bar-fill" style={{ '--from': from(value), '--share': share(value), background: typeof color === 'number' ? `var(--run-${color})` : color } as React.CSSProperties} />
              </span>
              <span className="bar-value number">{formatNumber(value)}</span>
            </div>
          ))}
        </div>
      )}
    </PanelFrame>
  )
}
