// Numbers to pixels, and where the ticks go.

export type Range = { low: number; high: number }

/** A linear map from a range of values to pixels. */
export function linear(range: Range, from: number, to: number): (value: number) => number {
  const factor = (to - from) / (range.high - range.low)
  return (value) => from + (value - range.low) * factor
}

/** A map to pixels in which each power of ten takes the same room; what is not above zero has no place. */
export function logarithmic(range: Range, from: number, to: number): (value: number) => number {
  const map = linear({ low: Math.log10(range.low), high: Math.log10(range.high) }, from, to)
  return (value) => (value > 0 ? map(Math.log10(value)) : Number.NaN)
}

/** Powers of ten inside the range, and where they are few also twice and five times those; where they are many some of them. */
export function logTicks(range: Range, count: number): number[] {
  const [first, last] = [Math.floor(Math.log10(range.low)), Math.ceil(Math.log10(range.high))]
  const factors = last - first <= count / 2 ? [1, 2, 5] : [1]
  const every = Math.max(1, Math.ceil((last - first) / Math.max(1, count)))
  const found: number[] = []
  for (let power = first; power <= last; power += every) for (const factor of factors) found.push(Number((factor * 10 ** power).toPrecision(12)))
  return found.filter((value) => value >= range.low && value <= range.high)
}

/** Round values inside the range, about `count` of them: steps of 1, 2 or 5 times a power of ten. */
export function ticks(range: Range, count: number): number[] {
  const rough = (range.high - range.low) / Math.max(1, count)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((candidate) => candidate * power >= rough) ?? 10) * power
  const first = Math.ceil(range.low / step - 1e-9)
  const last = Math.floor(range.high / step + 1e-9)
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)))
}

/** The range of finite values; a single value gets room around it. `null` when there is none. */
export function extent(values: Iterable<number>): Range | null {
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    if (!Number.isFinite(value)) continue
    if (value < low) low = value
    if (value > high) high = value
  }
  if (low > high) return null
  if (low < high) return { low, high }
  const room = low === 0 ? 1 : Math.abs(low) * 0.1
  return { low: low - room, high: high + room }
}

/** The range with a little air above and below, so that lines do not touch the frame. */
export function padded(range: Range): Range {
  const air = (range.high - range.low) * 0.05
  return { low: range.low - air, high: range.high + air }
}

/** The index of the value in sorted `values` that is nearest to `wanted`; -1 when there is none. */
export function nearest(values: Float64Array, wanted: number): number {
  let low = 0
  let high = values.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((values[middle] ?? 0) < wanted) low = middle + 1
    else high = middle
  }
  const after = values[low]
  const before = values[low - 1]
  if (after === undefined) return -1
  return before !== undefined && wanted - before <= after - wanted ? low - 1 : low
}
