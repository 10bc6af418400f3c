import { extent, padded, type Range } from '../../../charts/scale.ts'
import { counted, formatNumber, formatTime } from '../../../lib/format.ts'
import { numberOr, textOr } from '../../../lib/report/grid.ts'
import { axisTitle, numberAt, shownName } from '../../../lib/report/runs.ts'
import { PanelFrame, PanelTable } from '../../../ui/PanelFrame.tsx'
import type { PanelProps } from './PanelView.tsx'
import { filled, Plane, sizeOf, type PlaneAxis } from './Plane.tsx'

/** A dot for each run, where two of its values put it. A third is told by how strong the dot is. */
export function Scatter({ panel: { config, place }, data }: PanelProps) {
  const [x, y, z] = [textOr(config['xAxis'], ''), textOr(config['yAxis'], ''), textOr(config['zAxis'], '')]
  const dots = data.runs.map((run) => ({ run, x: numberAt(run, x), y: numberAt(run, y), z: z === '' ? Number.NaN : numberAt(run, z) }))
    .filter((dot) => Number.isFinite(dot.x) && Number.isFinite(dot.y) && (config['xAxisLogScale'] !== true || dot.x > 0) && (config['yAxisLogScale'] !== true || dot.y > 0))
  const title = textOr(config['chartTitle'], x && y ? `${axisTitle(y)} over ${axisTitle(x)}` : 'Scatter plot')
  const xAxis = axisOf(x, dots.map((dot) => dot.x), config['xAxisLogScale'] === true, config['xAxisMin'], config['xAxisMax'])
  const yAxis = axisOf(y, dots.map((dot) => dot.y), config['yAxisLogScale'] === true, config['yAxisMin'], config['yAxisMax'])
  const zRange = extent(dots.map((dot) => dot.z))
  const strength = (value: number) => (zRange && Number.isFinite(value) ? 0.25 + (0.75 * (value - zRange.low)) / (zRange.high - zRange.low) : 0.85)
  const fit = config['showLinearRegression'] === true ? regression(dots) : null
  const lines = ['showMinYAxisLine', 'showMaxYAxisLine', 'showAvgYAxisLine'].some((line) => config[line] === true)
  const note = [zRange && z !== '' ? `stronger: more ${axisTitle(z)}` : '', lines ? 'running lines are not drawn' : ''].filter(Boolean).join('; ') || null
  const columns = ['Run', axisTitle(x), axisTitle(y), ...(z === '' ? [] : [axisTitle(z)])]
  const rows = () => dots.map((dot) => [shownName(dot.run), formatNumber(dot.x), formatNumber(dot.y), ...(z === '' ? [] : [formatNumber(dot.z)])])
  return (
    <PanelFrame title={title} note={note} table={() => <PanelTable label={`Values of ${title}`} columns={columns} rows={rows()} />}>
      {!xAxis || !yAxis ? <p className="panel-empty quiet">{data.isPending ? '' : 'No run has numbers for both axes.'}</p> : (
        <Plane label={`Scatter plot of ${title}, ${counted(dots.length, 'run')}`} size={sizeOf(place)} x={xAxis} y={yAxis}>
          {(scales) => (
            <>
              {fit ? <line className="plane-fit" x1={scales.x(xAxis.range.low)} y1={scales.y(fit(xAxis.range.low))} x2={scales.x(xAxis.range.high)} y2={scales.y(fit(xAxis.range.high))} /> : null}
              {dots.map((dot) => (
                <circle key={dot.run.name} {...filled(dot.run.color)} cx={scales.x(dot.x)} cy={scales.y(dot.y)} r={4} fillOpacity={strength(dot.z)}>
                  <title>{`${shownName(dot.run)}: ${formatNumber(dot.x)}, ${formatNumber(dot.y)}`}</title>
                </circle>
              ))}
            </>
          )}
        </Plane>
      )}
    </PanelFrame>
  )
}

function axisOf(axis: string, values: number[], log: boolean, low: unknown, high: unknown): PlaneAxis | null {
  const found = extent(values)
  if (!found) return null
  const aired = log ? found : padded(found)
  const range: Range = { low: numberOr(low, aired.low) ?? aired.low, high: numberOr(high, aired.high) ?? aired.high }
  const isTime = /createdAt|heartbeatAt/.test(axis)
  return { title: axisTitle(axis), range: range.low < range.high && !(log && range.low <= 0) ? range : aired, log, ...(isTime ? { format: formatTime } : {}) }
}

/** The straight line with the least squares; none of fewer than two dots. */
function regression(dots: { x: number; y: number }[]): ((x: number) => number) | null {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(dots.map((dot) => dot.x)), mean(dots.map((dot) => dot.y))]
  const spread = dots.reduce((sum, dot) => sum + (dot.x - x) ** 2, 0)
  if (dots.length < 2 || spread === 0) return null
  const slope = dots.reduce((sum, dot) => sum + (dot.x - x) * (dot.y - y), 0) / spread
  return (at) => y + slope * (at - x)
}
