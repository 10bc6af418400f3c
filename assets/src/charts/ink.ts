// What lines are drawn with: colours of the palette or of a report, and the band of what a line stands for.
import { isPrinting } from '../lib/printing.ts'
import type { Series } from './line.ts'

/** Device pixels to a pixel of the page; paper has more of them than most screens. */
export const pixelRatio = () => (isPrinting() ? Math.max(3, window.devicePixelRatio) : window.devicePixelRatio)

/** How thick a line is: one device pixel is drawn fastest; on paper that would hardly be seen. */
export const hairline = () => (isPrinting() ? 0.8 : 1 / window.devicePixelRatio)

/** A colour for the canvas: a number of the run palette, or one that somebody chose. */
export const inkOf = (theme: CSSStyleDeclaration, color: number | string) => (typeof color === 'number' ? theme.getPropertyValue(`--run-${color}`) : color)

type Scales = { x: (value: number) => number; y: (value: number) => number }

/** The room between the least and the greatest, a piece for each stretch without a gap. */
export function drawBand(context: CanvasRenderingContext2D, { x: xScale, y: yScale }: Scales, { x, band }: Series, color: string): void {
  if (!band) return
  context.fillStyle = color
  context.globalAlpha = 0.15
  let piece: [x: number, low: number, high: number][] = []
  const close = () => {
    if (piece.length > 1) {
      const path = new Path2D()
      piece.forEach(([at, , high], index) => (index === 0 ? path.moveTo(at, high) : path.lineTo(at, high)))
      piece.toReversed().forEach(([at, low]) => path.lineTo(at, low))
      context.fill(path)
    }
    piece = []
  }
  for (let index = 0; index < x.length; index++) {
    const point: [number, number, number] = [xScale(x[index] ?? Number.NaN), yScale(band.low[index] ?? Number.NaN), yScale(band.high[index] ?? Number.NaN)]
    if (point.every(Number.isFinite)) piece.push(point)
    else close()
  }
  close()
  context.globalAlpha = 1
}
