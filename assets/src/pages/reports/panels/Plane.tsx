import type { ReactNode } from 'react'
import { linear, logarithmic, logTicks, ticks, type Range } from '../../../charts/scale.ts'
import { formatNumber } from '../../../lib/format.ts'
import type { Place } from '../../../lib/report/grid.ts'

export type Size = { width: number; height: number }

/** The drawing's own measure, about that of its place in a report of readable width: it is stretched to its place as a whole. */
export const sizeOf = ({ w, h }: Place): Size => ({ width: Math.max(220, w * 32 - 10), height: Math.max(140, h * 40 - 52) })

const MARGIN = { top: 10, right: 14, bottom: 36, left: 54 }

export type PlaneAxis = { title: string; range: Range; log: boolean; format?: (value: number) => string }
export type Scales = { x: (value: number) => number; y: (value: number) => number }

/** Two axes with their marks, and what is drawn between them. */
export function Plane({ label, size: { width, height }, x, y, children }: { label: string; size: Size; x: PlaneAxis; y: PlaneAxis; children: (scales: Scales) => ReactNode }) {
  const [left, top, right, bottom] = [MARGIN.left, MARGIN.top, width - MARGIN.right, height - MARGIN.bottom]
  const scales = { x: (x.log ? logarithmic : linear)(x.range, left, right), y: (y.log ? logarithmic : linear)(y.range, bottom, top) }
  const marks = ({ log, range }: PlaneAxis, count: number) => (log ? logTicks(range, count) : ticks(range, count))
  return (
    <svg className="plane" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      {marks(y, (bottom - top) / 44).map((value) => (
        <g key={value}>
          <line className="plane-grid" x1={left} x2={right} y1={scales.y(value)} y2={scales.y(value)} />
          <text className="plane-mark" x={left - 6} y={scales.y(value)} textAnchor="end" dominantBaseline="middle">{(y.format ?? formatNumber)(value)}</text>
        </g>
      ))}
      <line className="plane-axis" x1={left} x2={right} y1={bottom} y2={bottom} />
      {marks(x, (right - left) / 56).map((value) => <text key={value} className="plane-mark" x={scales.x(value)} y={bottom + 13} textAnchor="middle">{(x.format ?? formatNumber)(value)}</text>)}
      <text className="plane-title" x={(left + right) / 2} y={height - 6} textAnchor="middle">{x.title}</text>
      <text className="plane-title" x={12} y={(top + bottom) / 2} textAnchor="middle" transform={`rotate(-90 12 ${(top + bottom) / 2})`}>{y.title}</text>
      {children(scales)}
    </svg>
  )
}

/** The attributes that draw in a colour of the palette or one of the report's. */
export const filled = (color: number | string) => (typeof color === 'number' ? { className: `ink-${color}` } : { fill: color, stroke: color })
