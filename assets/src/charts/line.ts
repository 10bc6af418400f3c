// A line chart on a canvas: mount(element, spec) → { update, destroy }, at most one draw a frame.
//
// Lines are one device pixel wide and get their weight from a second pass one pixel lower: software rasters draw
// hairlines several times faster than thicker strokes.
import { formatNumber } from '../lib/format.ts'
import { onThemeChange } from '../lib/theme.ts'
import { drawBand, hairline, inkOf, pixelRatio } from './ink.ts'
import { extent, linear, logarithmic, logTicks, nearest, padded, ticks, type Range } from './scale.ts'

export type Series = {
  name: string
  /** A number of the run palette, from 1; or a colour as CSS has it. */
  color: number | string
  /** Ascending; as long as `y`. A gap is NaN in `y`. */
  x: Float64Array
  y: Float64Array
  /** How far the values go that `y` stands for: as long as `y`. */
  band?: { low: Float64Array; high: Float64Array } | null
  /** What `y` was smoothed from, drawn faintly behind it. */
  raw?: { x: Float64Array; y: Float64Array } | null
}
/** `low` and `high` are where an axis ends, if somebody said so. */
export type Axis = { log?: boolean; low?: number | null; high?: number | null; format?: (value: number) => string }
export type LineSpec = { title: string; xTitle: string; series: Series[]; x?: Axis; y?: Axis }
export type Chart = { update: (spec: LineSpec) => void; destroy: () => void }

type Scale = (value: number) => number
type Frame = { left: number; top: number; right: number; bottom: number; x: Scale; y: Scale; xRange: Range; yRange: Range; xTicks: number[]; yTicks: number[] }

const MARGIN = { top: 8, right: 12, bottom: 20, left: 46 }

export function mountLine(element: HTMLElement, first: LineSpec): Chart {
  const canvas = document.createElement('canvas')
  const overlay = document.createElement('canvas')
  const tip = document.createElement('div')
  tip.className = 'chart-tip'
  tip.hidden = true
  canvas.setAttribute('aria-hidden', 'true')
  overlay.setAttribute('aria-hidden', 'true')
  element.classList.add('chart')
  element.replaceChildren(canvas, overlay, tip)

  let spec = first
  let frame: Frame | null = null
  let pending = 0
  let pointer: number | null = null

  const draw = () => {
    pending = 0
    const { clientWidth: width, clientHeight: height } = element
    if (width === 0 || height === 0) return
    const theme = getComputedStyle(element)
    frame = layout(spec, width, height)
    const context = prepare(canvas, width, height)
    if (frame) drawChart(context, frame, spec, theme)
    describe(element, spec)
    drawPointer()
  }
  const schedule = () => {
    if (pending === 0) pending = requestAnimationFrame(draw)
  }
  const drawPointer = () => {
    const context = prepare(overlay, element.clientWidth, element.clientHeight)
    tip.hidden = true
    if (frame && pointer !== null) drawCrosshair(context, frame, spec, pointer, tip, getComputedStyle(element))
  }

  const onMove = (event: PointerEvent) => {
    pointer = event.clientX - element.getBoundingClientRect().left
    drawPointer()
  }
  const onLeave = () => {
    pointer = null
    drawPointer()
  }
  overlay.addEventListener('pointermove', onMove)
  overlay.addEventListener('pointerleave', onLeave)
  const resizing = new ResizeObserver(schedule)
  resizing.observe(element)
  const stopTheme = onThemeChange(schedule)
  schedule()

  return {
    update(next) {
      spec = next
      schedule()
    },
    destroy() {
      cancelAnimationFrame(pending)
      resizing.disconnect()
      stopTheme()
      element.replaceChildren()
    },
  }
}

/** Sizes the canvas to device pixels, clears it, and gives a context that draws in CSS pixels. */
function prepare(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const ratio = pixelRatio()
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(height * ratio)
  const context = canvas.getContext('2d')
  if (!context) throw new Error('this browser has no 2D canvas')
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  return context
}

function layout(spec: LineSpec, width: number, height: number): Frame | null {
  const xRange = ranged(values(spec, 'x'), spec.x, false)
  const yRange = ranged(values(spec, 'y'), spec.y, true)
  if (!xRange || !yRange) return null
  const [left, top, right, bottom] = [MARGIN.left, MARGIN.top, width - MARGIN.right, height - MARGIN.bottom]
  const scale = (axis: Axis | undefined, range: Range, from: number, to: number) => (axis?.log ? logarithmic(range, from, to) : linear(range, from, to))
  const marks = (axis: Axis | undefined, range: Range, count: number) => (axis?.log ? logTicks(range, count) : ticks(range, count))
  return {
    left, top, right, bottom, xRange, yRange, x: scale(spec.x, xRange, left, right), y: scale(spec.y, yRange, bottom, top),
    xTicks: marks(spec.x, xRange, (right - left) / 80), yTicks: marks(spec.y, yRange, (bottom - top) / 40),
  }
}

/** What an axis shows: what there is with some air, unless somebody said where it ends. */
function ranged(all: Iterable<number>, axis: Axis | undefined, airy: boolean): Range | null {
  const found = extent(axis?.log ? positive(all) : all)
  if (!found) return null
  const aired = airy && !axis?.log ? padded(found) : found
  const [low, high] = [axis?.low ?? aired.low, axis?.high ?? aired.high]
  // Ends that leave nothing between them, or that a logarithm does not have, are as if nobody had said them.
  return low < high && !(axis?.log && low <= 0) ? { low, high } : aired
}

function* positive(all: Iterable<number>): Generator<number> {
  for (const value of all) if (value > 0) yield value
}

function* values(spec: LineSpec, axis: 'x' | 'y'): Generator<number> {
  for (const series of spec.series) {
    yield* series[axis]
    if (axis === 'y' && series.band) {
      yield* series.band.low
      yield* series.band.high
    }
  }
}

function drawChart(context: CanvasRenderingContext2D, frame: Frame, spec: LineSpec, theme: CSSStyleDeclaration) {
  const color = (token: string) => theme.getPropertyValue(token)
  const thickness = hairline()
  context.font = `10.5px ${color('--font')}`
  context.fillStyle = color('--text-3')
  context.lineWidth = thickness

  context.textBaseline = 'middle'
  context.textAlign = 'right'
  context.strokeStyle = color('--grid')
  context.beginPath()
  for (const value of frame.yTicks) {
    const y = Math.round(frame.y(value)) + thickness / 2
    context.moveTo(frame.left, y)
    context.lineTo(frame.right, y)
    context.fillText((spec.y?.format ?? formatNumber)(value), frame.left - 6, y)
  }
  context.stroke()

  context.textBaseline = 'top'
  context.textAlign = 'center'
  for (const value of frame.xTicks) {
    context.fillText((spec.x?.format ?? formatNumber)(value), frame.x(value), frame.bottom + 6)
  }
  context.strokeStyle = color('--axis')
  context.beginPath()
  context.moveTo(frame.left, frame.bottom + thickness / 2)
  context.lineTo(frame.right, frame.bottom + thickness / 2)
  context.stroke()

  context.save()
  context.beginPath()
  context.rect(frame.left, frame.top - 3, frame.right - frame.left + 3, frame.bottom - frame.top + 6)
  context.clip()
  for (const series of spec.series) drawBand(context, frame, series, inkOf(theme, series.color))
  for (const { raw, color } of spec.series) if (raw) drawSeries(context, frame, raw, inkOf(theme, color), thickness, 0.3)
  for (const series of spec.series) drawSeries(context, frame, series, inkOf(theme, series.color), thickness)
  context.restore()
}

function drawSeries(context: CanvasRenderingContext2D, frame: Frame, { x, y }: Pick<Series, 'x' | 'y'>, color: string, thickness: number, alpha = 1) {
  const path = new Path2D()
  let lonely: [number, number] | null = null
  let down = false
  const dots: [number, number][] = []
  for (let index = 0; index < x.length; index++) {
    const [xValue, yValue] = [x[index] ?? Number.NaN, y[index] ?? Number.NaN]
    if (!Number.isFinite(frame.x(xValue)) || !Number.isFinite(frame.y(yValue))) {
      if (lonely) dots.push(lonely)
      lonely = null
      down = false
      continue
    }
    const point: [number, number] = [frame.x(xValue), frame.y(yValue)]
    if (down) path.lineTo(...point)
    else path.moveTo(...point)
    lonely = down ? null : point
    down = true
  }
  if (lonely) dots.push(lonely)

  context.globalAlpha = alpha
  context.strokeStyle = color
  context.fillStyle = color
  context.lineWidth = thickness
  context.lineJoin = 'miter'
  context.stroke(path)
  context.save()
  context.translate(0, thickness)
  context.stroke(path)
  context.restore()
  for (const [dotX, dotY] of dots) {
    context.beginPath()
    context.arc(dotX, dotY, 2.5, 0, 2 * Math.PI)
    context.fill()
  }
  context.globalAlpha = 1
}

function drawCrosshair(
  context: CanvasRenderingContext2D, frame: Frame, spec: LineSpec, pointer: number, tip: HTMLElement, theme: CSSStyleDeclaration,
) {
  const part = (pointer - frame.left) / (frame.right - frame.left)
  const { low, high } = frame.xRange
  const wanted = spec.x?.log ? low * (high / low) ** part : low + part * (high - low)
  const rows = spec.series.flatMap((series) => {
    const index = nearest(series.x, wanted)
    const [x, y] = [series.x[index], series.y[index]]
    return x === undefined || y === undefined || !Number.isFinite(y) ? [] : [{ series, x, y }]
  })
  const first = rows[0]
  if (!first) return

  const at = frame.x(first.x)
  context.strokeStyle = theme.getPropertyValue('--text-3')
  context.lineWidth = hairline()
  context.beginPath()
  context.moveTo(at, frame.top)
  context.lineTo(at, frame.bottom)
  context.stroke()
  for (const { series, x, y } of rows) {
    context.fillStyle = inkOf(theme, series.color)
    context.beginPath()
    context.arc(frame.x(x), frame.y(y), 3, 0, 2 * Math.PI)
    context.fill()
  }

  const head = document.createElement('div')
  head.className = 'chart-tip-head'
  head.textContent = `${spec.xTitle} ${(spec.x?.format ?? formatNumber)(first.x)}`
  tip.replaceChildren(head, ...rows.slice(0, 7).map(({ series, y }) => tipRow(series, y)))
  tip.hidden = false
  const room = frame.right - at > tip.offsetWidth + 16
  tip.style.transform = `translate(${Math.round(room ? at + 10 : at - tip.offsetWidth - 10)}px, ${frame.top}px)`
}

function tipRow(series: Series, value: number): HTMLElement {
  const row = document.createElement('div')
  const dot = document.createElement('span')
  dot.className = 'dot'
  dot.style.background = typeof series.color === 'number' ? `var(--run-${series.color})` : series.color
  const number = document.createElement('strong')
  number.textContent = formatNumber(value)
  row.append(dot, `${series.name} `, number)
  return row
}

/** What a screen reader says in place of the picture. */
function describe(element: HTMLElement, spec: LineSpec) {
  const lines = spec.series.map(({ name, y }) => {
    const range = extent(y)
    const last = y.findLast((value) => Number.isFinite(value))
    return range && last !== undefined ? `${name}: last ${formatNumber(last)}, ${y.length} points` : `${name}: no numbers`
  })
  element.setAttribute('role', 'img')
  element.setAttribute('aria-label', `Line chart of ${spec.title} over ${spec.xTitle}. ${lines.join('. ')}`)
}
