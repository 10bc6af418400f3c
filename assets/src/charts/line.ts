// A line chart on a canvas: mount(element, spec) → { update, destroy }, at most one draw a frame.
//
// Lines are one device pixel wide and get their weight from a second pass one pixel lower: software rasters draw
// hairlines several times faster than thicker strokes.
import { formatNumber } from '../lib/format.ts'
import { onThemeChange } from '../lib/theme.ts'
import { extent, linear, nearest, padded, ticks, type Range } from './scale.ts'

export type Series = {
  name: string
  /** A number of the run palette, from 1. */
  color: number
  /** Ascending; as long as `y`. A gap is NaN in `y`. */
  x: Float64Array
  y: Float64Array
}
export type LineSpec = { title: string; xTitle: string; series: Series[] }
export type Chart = { update: (spec: LineSpec) => void; destroy: () => void }

type Scale = (value: number) => number
type Frame = { left: number; top: number; right: number; bottom: number; x: Scale; y: Scale; xRange: Range; yRange: Range }

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
  const ratio = window.devicePixelRatio
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(height * ratio)
  const context = canvas.getContext('2d')
  if (!context) throw new Error('this browser has no 2D canvas')
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  return context
}

function layout(spec: LineSpec, width: number, height: number): Frame | null {
  const xRange = extent(values(spec, 'x'))
  const yRange = extent(values(spec, 'y'))
  if (!xRange || !yRange) return null
  const [left, top, right, bottom] = [MARGIN.left, MARGIN.top, width - MARGIN.right, height - MARGIN.bottom]
  const yPadded = padded(yRange)
  return { left, top, right, bottom, xRange, yRange: yPadded, x: linear(xRange, left, right), y: linear(yPadded, bottom, top) }
}

function* values(spec: LineSpec, axis: 'x' | 'y'): Generator<number> {
  for (const series of spec.series) yield* series[axis]
}

function drawChart(context: CanvasRenderingContext2D, frame: Frame, spec: LineSpec, theme: CSSStyleDeclaration) {
  const color = (token: string) => theme.getPropertyValue(token)
  const hairline = 1 / window.devicePixelRatio
  context.font = `10.5px ${color('--font')}`
  context.fillStyle = color('--text-3')
  context.lineWidth = hairline

  context.textBaseline = 'middle'
  context.textAlign = 'right'
  context.strokeStyle = color('--grid')
  context.beginPath()
  for (const value of ticks(frame.yRange, (frame.bottom - frame.top) / 40)) {
    const y = Math.round(frame.y(value)) + hairline / 2
    context.moveTo(frame.left, y)
    context.lineTo(frame.right, y)
    context.fillText(formatNumber(value), frame.left - 6, y)
  }
  context.stroke()

  context.textBaseline = 'top'
  context.textAlign = 'center'
  for (const value of ticks(frame.xRange, (frame.right - frame.left) / 80)) {
    context.fillText(formatNumber(value), frame.x(value), frame.bottom + 6)
  }
  context.strokeStyle = color('--axis')
  context.beginPath()
  context.moveTo(frame.left, frame.bottom + hairline / 2)
  context.lineTo(frame.right, frame.bottom + hairline / 2)
  context.stroke()

  for (const series of spec.series) drawSeries(context, frame, series, color(`--run-${series.color}`), hairline)
}

function drawSeries(context: CanvasRenderingContext2D, frame: Frame, { x, y }: Series, color: string, hairline: number) {
  const path = new Path2D()
  let lonely: [number, number] | null = null
  let down = false
  const dots: [number, number][] = []
  for (let index = 0; index < x.length; index++) {
    const [xValue, yValue] = [x[index] ?? Number.NaN, y[index] ?? Number.NaN]
    if (!Number.isFinite(yValue)) {
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

  context.strokeStyle = color
  context.fillStyle = color
  context.lineWidth = hairline
  context.lineJoin = 'miter'
  context.stroke(path)
  context.save()
  context.translate(0, hairline)
  context.stroke(path)
  context.restore()
  for (const [dotX, dotY] of dots) {
    context.beginPath()
    context.arc(dotX, dotY, 2.5, 0, 2 * Math.PI)
    context.fill()
  }
}

function drawCrosshair(
  context: CanvasRenderingContext2D, frame: Frame, spec: LineSpec, pointer: number, tip: HTMLElement, theme: CSSStyleDeclaration,
) {
  const wanted = frame.xRange.low + ((pointer - frame.left) / (frame.right - frame.left)) * (frame.xRange.high - frame.xRange.low)
  const rows = spec.series.flatMap((series) => {
    const index = nearest(series.x, wanted)
    const [x, y] = [series.x[index], series.y[index]]
    return x === undefined || y === undefined || !Number.isFinite(y) ? [] : [{ series, x, y }]
  })
  const first = rows[0]
  if (!first) return

  const at = frame.x(first.x)
  context.strokeStyle = theme.getPropertyValue('--text-3')
  context.lineWidth = 1 / window.devicePixelRatio
  context.beginPath()
  context.moveTo(at, frame.top)
  context.lineTo(at, frame.bottom)
  context.stroke()
  for (const { series, x, y } of rows) {
    context.fillStyle = theme.getPropertyValue(`--run-${series.color}`)
    context.beginPath()
    context.arc(frame.x(x), frame.y(y), 3, 0, 2 * Math.PI)
    context.fill()
  }

  const head = document.createElement('div')
  head.className = 'chart-tip-head'
  head.textContent = `${spec.xTitle} ${formatNumber(first.x)}`
  tip.replaceChildren(head, ...rows.slice(0, 7).map(({ series, y }) => tipRow(series, y)))
  tip.hidden = false
  const room = frame.right - at > tip.offsetWidth + 16
  tip.style.transform = `translate(${Math.round(room ? at + 10 : at - tip.offsetWidth - 10)}px, ${frame.top}px)`
}

function tipRow(series: Series, value: number): HTMLElement {
  const row = document.createElement('div')
  const dot = document.createElement('span')
  dot.className = 'dot'
  dot.style.background = `var(--run-${series.color})`
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
