import { extent, linear, logarithmic, type Range } from '../../../charts/scale.ts'
import { counted, formatNumber, formatValue } from '../../../lib/format.ts'
import { textOr } from '../../../lib/report/grid.ts'
import { axisKey, axisTitle, shownName, valueOf, type PanelRun } from '../../../lib/report/runs.ts'
import { toNumber } from '../../../lib/series.ts'
import { PanelFrame, PanelTable } from '../../../ui/PanelFrame.tsx'
import type { PanelProps } from './PanelView.tsx'
import { sizeOf } from './Plane.tsx'

type Column = { title: string; axis: string; place: (run: PanelRun) => number | null; ends: [top: string, bottom: string] }

const [TOP, SIDE] = [26, 40]

/** An axis for each column and a line for each run across them; words have places by name. */
export function Parallel({ panel: { config, place }, data }: PanelProps) {
  const { width, height } = sizeOf(place)
  const bottom = height - 20
  const columns = (Array.isArray(config['columns']) ? config['columns'] : []).flatMap((column: unknown) => columnOf(column as Record<string, unknown>, data.runs, bottom) ?? [])
  const title = textOr(config['chartTitle'], 'Parallel coordinates')
  const at = (index: number) => (columns.length < 2 ? width / 2 : SIDE + ((width - 2 * SIDE) * index) / (columns.length - 1))
  const table = () => (
    <PanelTable label={`Values of ${title}`} columns={['Run', ...columns.map((column) => column.title)]} rows={data.runs.map((run) => [shownName(run), ...columns.map(({ axis }) => formatValue(valueOf(run, axisKey(axis))))])} />
  )
  return (
    <PanelFrame title={title} table={table}>
      {columns.length === 0 || data.runs.length === 0 ? <p className="panel-empty quiet">{data.isPending ? '' : 'No run has values for the columns.'}</p> : (
        <svg className="plane" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`Parallel coordinates of ${columns.map((column) => column.title).join(', ')}, ${counted(data.runs.length, 'run')}`}>
          {columns.map((column, index) => (
            <g key={index}>
              <line className="plane-axis" x1={at(index)} x2={at(index)} y1={TOP} y2={bottom} />
              <text className="plane-title" x={at(index)} y={10} textAnchor="middle">{column.title}</text>
              <text className="plane-mark" x={at(index)} y={TOP - 4} textAnchor="middle">{column.ends[0]}</text>
              <text className="plane-mark" x={at(index)} y={bottom + 12} textAnchor="middle">{column.ends[1]}</text>
            </g>
          ))}
          {data.runs.map((run) => {
            const points = columns.flatMap((column, index) => {
              const y = column.place(run)
              return y === null ? [] : [`${at(index)},${y}`]
            })
            const ink = typeof run.color === 'number' ? { className: `ink-${run.color}` } : { stroke: run.color }
            return points.length > 1 ? <polyline key={run.name} {...ink} points={points.join(' ')} fill="none" fillOpacity={0} strokeOpacity={0.7}><title>{shownName(run)}</title></polyline> : null
          })}
        </svg>
      )}
    </PanelFrame>
  )
}

function columnOf(column: Record<string, unknown>, runs: PanelRun[], bottom: number): Column | null {
  const axis = column['accessor']
  if (typeof axis !== 'string') return null
  const title = textOr(column['displayName'], axisTitle(axis))
  const values = new Map(runs.map((run) => [run, valueOf(run, axisKey(axis))]))
  const inverted = column['inverted'] === true
  const [from, to] = inverted ? [TOP, bottom] : [bottom, TOP]
  const numeric = [...values.values()].some((value) => Number.isFinite(toNumber(value)))
  if (!numeric) {
    const words = [...new Set([...values.values()].filter((value) => value !== undefined && value !== null).map(formatValue))].sort()
    const scale = linear({ low: 0, high: Math.max(1, words.length - 1) }, from, to)
    const ends: [string, string] = [words.at(inverted ? 0 : -1) ?? '', words.at(inverted ? -1 : 0) ?? '']
    return { title, axis, ends, place: (run) => (values.get(run) === undefined || values.get(run) === null ? null : scale(words.indexOf(formatValue(values.get(run))))) }
  }
  const log = column['log'] === true
  const range: Range | null = extent([...values.values()].map(toNumber).filter((value) => !log || value > 0))
  if (!range) return null
  const scale = (log ? logarithmic : linear)(range, from, to)
  const ends: [string, string] = inverted ? [formatNumber(range.low), formatNumber(range.high)] : [formatNumber(range.high), formatNumber(range.low)]
  return { title, axis, ends, place: (run) => (Number.isFinite(scale(toNumber(values.get(run)))) ? scale(toNumber(values.get(run))) : null) }
}
