import { useMemo } from 'react'
import { drawnCurve, plainCurve, type Buckets } from '../../../api/metrics.ts'
import type { Axis, Series } from '../../../charts/line.ts'
import { formatDuration, formatTime } from '../../../lib/format.ts'
import { aggregated, smoothed, type Curve } from '../../../lib/report/curves.ts'
import type { Key } from '../../../lib/report/filters.ts'
import { metricsOf, numberOr, textOr, timeAxis, xAxisOf } from '../../../lib/report/grid.ts'
import { axisTitle, grouped, groupKey, metricNames, shownName, type PanelRun } from '../../../lib/report/runs.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { PanelFrame } from '../../../ui/PanelFrame.tsx'
import type { GridData } from './useGridData.ts'
import type { PanelProps } from './PanelView.tsx'

/** With more lines than this what they were smoothed from is not drawn behind them. */
const RAW_LINES_MAX = 12

/** What a run set or a panel groups runs by; nothing if each is drawn by itself. */
export function groupingFor(config: Record<string, unknown>, data: GridData): Key[] {
  const own = config['aggregate'] === true || config['groupBy'] ? groupKey(config['groupBy']) : null
  return own ? [own] : data.grouping
}

/** Metrics over steps, time or another metric: a line for each run, or for each group of runs with how far they spread. */
export function LinePlot({ panel: { config }, data }: PanelProps) {
  const made = useMemo(() => {
    try {
      const metrics = metricsOf(config, metricNames(data.runs))
      return { metrics, series: seriesOf(config, metrics, data), error: null }
    } catch (error) {
      return { metrics: [], series: [], error: error instanceof Error ? error.message : String(error) }
    }
  }, [config, data.runs, data.curve, data.grouping.length])
  const x = xAxisOf(config)
  const axes = useMemo(() => ({ x: xAxis(config, x), y: yAxis(config, made.series) }), [config, x, made.series])
  const title = textOr(config['chartTitle'], made.metrics.join(', ') || 'Line plot')
  if (made.error) return <PanelFrame title={title}><p className="panel-empty quiet">{made.error}</p></PanelFrame>
  return <Panel title={title} xTitle={textOr(config['xAxisTitle'], axisTitle(x))} series={data.isPending && made.series.length === 0 ? null : made.series} note={noteOf(config, data)} x={axes.x} y={axes.y} />
}

/** What of its config is not drawn here, in words. */
function noteOf(config: Record<string, unknown>, data: GridData): string | null {
  const notes = []
  if ((Array.isArray(config['expressions']) && config['expressions'].length > 0) || config['xExpression']) notes.push('expressions are not calculated')
  if (config['plotType'] === 'stacked-area' || config['plotType'] === 'pct-area') notes.push('areas are drawn as lines')
  if (typeof config['yAxisTitle'] === 'string' && config['yAxisTitle'] !== '') notes.push(`y: ${config['yAxisTitle']}`)
  const grouping = groupingFor(config, data)
  if (grouping.length > 0) notes.push(`${textOr(config['groupAgg'], 'mean')} by ${grouping.map(({ name }) => name).join(', ')}`)
  return notes.length > 0 ? notes.join('; ') : null
}

function xAxis(config: Record<string, unknown>, x: string): Axis {
  const format = x === '_timestamp' || config['xAxisFormat'] === 'datetime' ? (seconds: number) => formatTime(seconds * 1000) : x === '_runtime' || x === '_absolute_runtime' ? (seconds: number) => formatDuration(seconds * 1000) : null
  return { log: config['xLogScale'] === true, low: numberOr(config['xAxisMin'], null), high: numberOr(config['xAxisMax'], null), ...(format ? { format } : {}) }
}

function yAxis(config: Record<string, unknown>, series: Series[]): Axis {
  const usual = config['ignoreOutliers'] === true ? withoutOutliers(series) : null
  return { log: config['yLogScale'] === true, low: numberOr(config['yAxisMin'], usual?.low ?? null), high: numberOr(config['yAxisMax'], usual?.high ?? null) }
}

/** Between what a twentieth is below and a twentieth is above. */
function withoutOutliers(series: Series[]): { low: number; high: number } | null {
  const values = series.flatMap(({ y }) => [...y]).filter(Number.isFinite).sort((left, right) => left - right)
  const [low, high] = [values[Math.floor(values.length * 0.05)], values[Math.ceil(values.length * 0.95) - 1]]
  return low !== undefined && high !== undefined && low < high ? { low, high } : null
}

function seriesOf(config: Record<string, unknown>, metrics: string[], data: GridData): Series[] {
  const x = xAxisOf(config)
  const limit = numberOr(config['limit'], null)
  const grouping = groupingFor(config, data)
  const weight = numberOr(config['smoothingWeight'], 0) ?? 0
  const kind = textOr(config['smoothingType'], 'exponential')
  const smooth = (curve: Curve): Curve => ({ x: curve.x, y: smoothed(curve, kind, weight) })
  const isSmoothed = weight > 0 && kind !== 'none'
  const bucketsOf = (run: PanelRun, metric: string) => data.curve(run, timeAxis(x), metric)

  if (grouping.length > 0) {
    const groups = grouped(data.runs, grouping)
    return groups.slice(0, limit ?? groups.length).flatMap((group, index) =>
      metrics.flatMap((metric, place): Series[] => {
        const curves = group.runs.flatMap((run) => placed(bucketsOf(run, metric), x, plainCurve) ?? [])
        if (curves.length === 0) return []
        const { low, high, ...line } = aggregated(curves.map(smooth), textOr(config['groupAgg'], 'mean'), textOr(config['groupArea'], 'minmax'))
        const name = metrics.length > 1 ? `${group.name} ${metric}` : group.name
        return [{ name, color: ((index * metrics.length + place) % 8) + 1, ...line, band: low && high ? { low, high } : null }]
      }),
    )
  }
  const runs = data.runs.slice(0, limit ?? data.runs.length)
  const showsRaw = isSmoothed && config['showOriginalAfterSmoothing'] !== false && runs.length * metrics.length <= RAW_LINES_MAX
  return runs.flatMap((run) =>
    metrics.flatMap((metric, place): Series[] => {
      const buckets = bucketsOf(run, metric)
      const line = placed(buckets, x, isSmoothed ? plainCurve : drawnCurve)
      if (!line) return []
      const own = overriding(config, run, metric)
      const name = own.title ?? (metrics.length > 1 ? `${shownName(run)} ${metric}` : shownName(run))
      // One run has a colour for each of its metrics, several have one each.
      const color = own.color ?? (data.runs.length === 1 && metrics.length > 1 ? (place % 8) + 1 : run.color)
      return [{ name, color, ...(isSmoothed ? smooth(line) : line), raw: showsRaw ? placed(buckets, x, drawnCurve) : null }]
    }),
  )
}

/** A curve in its place on the axis: time since a run began is its own for each. */
function placed(buckets: Buckets | undefined, x: string, read: (buckets: Buckets) => Curve): Curve | null {
  if (!buckets || buckets.count.length === 0) return null
  const curve = read(buckets)
  if (x !== '_absolute_runtime') return curve
  const begin = buckets.xFirst[0] ?? 0
  return { x: curve.x.map((at) => at - begin), y: curve.y }
}

/** The name and colour that the panel gives one line. */
function overriding(config: Record<string, unknown>, run: PanelRun, metric: string): { title: string | null; color: string | null } {
  const at = (member: string) => (config[member] as Record<string, unknown> | null | undefined)?.[`${run.name}:${metric}`]
  const title = at('overrideSeriesTitles')
  const value = at('overrideColors')
  const color = typeof value === 'string' ? value : (value as { color?: unknown } | null | undefined)?.color
  return { title: typeof title === 'string' ? title : null, color: typeof color === 'string' && /^(#[0-9a-f]{3,8}|rgba?\([\d\s.,%]+\))$/i.test(color) ? color : null }
}
