// What panels make of curves: smoothed, and several runs as one with how far they spread.

export type Curve = { x: Float64Array; y: Float64Array }

/** As far as smoothing looks back is told in thousandths of what is seen, however many points there are. */
const VIEWPORT = 1000

/** Smoothed as the vendor's charts are; an unknown kind leaves it as it is. */
export function smoothed({ x, y }: Curve, kind: string, weight: number): Float64Array {
  if (!(weight > 0) || y.length < 2) return y
  switch (kind) {
    case 'exponential':
      return decayed(y, () => Math.min(weight, 0.999))
    case 'exponentialTimeWeighted': {
      const range = (x.at(-1) ?? 0) - (x[0] ?? 0) || 1
      const base = Math.min(Math.sqrt(weight), 0.999)
      return decayed(y, (index) => base ** ((((x[index] ?? 0) - (x[Math.max(0, index - 1)] ?? 0)) / range) * VIEWPORT))
    }
    case 'gaussian':
      return weighted(y, Math.ceil(weight * 3), (distance) => Math.exp(-(distance * distance) / (2 * weight * weight)))
    case 'average':
      return weighted(y, Math.floor(weight / 2), () => 1)
    default:
      return y
  }
}

/** A moving average in which what came before counts less and less; its beginning is not pulled to zero. */
function decayed(y: Float64Array, keep: (index: number) => number): Float64Array {
  let sum = 0
  let weight = 0
  return y.map((value, index) => {
    if (!Number.isFinite(value)) return value
    const kept = keep(index)
    sum = sum * kept + value
    weight = weight * kept + 1
    return sum / weight
  })
}

function weighted(y: Float64Array, reach: number, weigh: (distance: number) => number): Float64Array {
  const weights = Array.from({ length: reach + 1 }, (_, distance) => weigh(distance))
  return y.map((value, index) => {
    if (!Number.isFinite(value)) return value
    let [sum, total] = [0, 0]
    for (let at = Math.max(0, index - reach); at <= Math.min(y.length - 1, index + reach); at++) {
      const [one, weight] = [y[at] ?? Number.NaN, weights[Math.abs(at - index)] ?? 0]
      if (!Number.isFinite(one)) continue
      sum += one * weight
      total += weight
    }
    return sum / total
  })
}

export type Spread = Curve & { low: Float64Array | null; high: Float64Array | null }

const PLACES = 500

/** Several curves as one: what `agg` makes of those that have begun and not ended at each place, and how far they spread. */
export function aggregated(curves: Curve[], agg: string, area: string): Spread {
  const x = places(curves)
  const columns = [...x].map((at) => curves.map((curve) => valueAt(curve, at)).filter((value) => Number.isFinite(value)))
  const y = Float64Array.from(columns, (values) => aggregate(values, agg))
  const spread = columns.map((values) => spreadOf(values, area))
  const has = area !== 'none' && curves.length > 1
  return { x, y, low: has ? Float64Array.from(spread, ([low]) => low) : null, high: has ? Float64Array.from(spread, ([, high]) => high) : null }
}

function places(curves: Curve[]): Float64Array {
  const all = [...new Set(curves.flatMap(({ x }) => [...x]))].sort((left, right) => left - right)
  if (all.length <= PLACES) return Float64Array.from(all)
  const [first = 0, last = 0] = [all[0], all.at(-1)]
  return Float64Array.from({ length: PLACES }, (_, index) => first + ((last - first) * index) / (PLACES - 1))
}

/** A curve's value between its points; NaN before its first and after its last. */
function valueAt({ x, y }: Curve, at: number): number {
  let [low, high] = [0, x.length - 1]
  if (high < 0 || at < (x[0] ?? 0) || at > (x[high] ?? 0)) return Number.NaN
  while (low < high) {
    const middle = (low + high) >> 1
    if ((x[middle] ?? 0) < at) low = middle + 1
    else high = middle
  }
  const [x1, y1] = [x[low] ?? 0, y[low] ?? Number.NaN]
  if (x1 === at || low === 0) return y1
  const [x0, y0] = [x[low - 1] ?? 0, y[low - 1] ?? Number.NaN]
  return y0 + ((y1 - y0) * (at - x0)) / (x1 - x0)
}

const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0)
const meanOf = (values: number[]) => total(values) / values.length

/** What stands for several numbers; NaN for none. */
export function aggregate(values: number[], agg: string): number {
  if (values.length === 0) return Number.NaN
  switch (agg) {
    case 'min':
      return Math.min(...values)
    case 'max':
      return Math.max(...values)
    case 'sum':
      return total(values)
    case 'median': {
      const sorted = [...values].sort((left, right) => left - right)
      const middle = sorted.length >> 1
      return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
    }
    default:
      return meanOf(values)
  }
}

function spreadOf(values: number[], area: string): [low: number, high: number] {
  if (values.length === 0) return [Number.NaN, Number.NaN]
  if (area === 'stddev' || area === 'stderr') {
    const mean = meanOf(values)
    const deviation = Math.sqrt(total(values.map((value) => (value - mean) ** 2)) / values.length) / (area === 'stderr' ? Math.sqrt(values.length) : 1)
    return [mean - deviation, mean + deviation]
  }
  return [Math.min(...values), Math.max(...values)]
}
