// Curves of many runs in one question, as numbers that are mapped, not parsed; asked again, only what they have grown by.
import { queryOptions } from '@tanstack/react-query'
import { BASE } from '../paths.ts'
import { ApiError, ask } from './request.ts'

/** Neighbouring points of a metric, a bucket each; as many points as buckets or fewer have one each. */
export type Buckets = { xFirst: Float64Array; xLast: Float64Array; count: Float64Array; first: Float64Array; last: Float64Array; min: Float64Array; max: Float64Array }
export type RunCurves = { cursor: string | null; /** By their keys. */ series: ReadonlyMap<string, { points: number; buckets: Buckets }> }
export type Curves = ReadonlyMap<string, RunCurves>

type Head = { runs: { name: string; state: 'found' | 'unchanged' | 'grown' | 'missing'; cursor: string | null; series: { key: string; points: number; buckets: number }[] }[] }

const COLUMNS = ['xFirst', 'xLast', 'count', 'first', 'last', 'min', 'max'] as const
const BUCKETS = 500
/** With more than this the whole is asked for anew. */
const GROWN_MAX = 3 * BUCKETS

/** An answer laid out: the head, then the columns of each series. */
export function readCurves(bytes: ArrayBuffer): { name: string; state: string; curves: RunCurves }[] {
  if (new TextDecoder().decode(bytes.slice(0, 4)) !== 'RSM1') throw new ApiError(200, 'UNREADABLE', 'The server sent curves in a form that these pages do not know; reload the page.', null)
  const length = new DataView(bytes).getUint32(4, true)
  const head = JSON.parse(new TextDecoder().decode(bytes.slice(8, 8 + length))) as Head
  let at = 8 + length
  return head.runs.map(({ name, state, cursor, series }) => {
    const read = series.map(({ key, points, buckets: count }) => {
      const columns = COLUMNS.map((column) => {
        const values = new Float64Array(bytes, at, count)
        at += 8 * count
        return [column, values] as const
      })
      return [key, { points, buckets: Object.fromEntries(columns) as Buckets }] as const
    })
    return { name, state, curves: { cursor, series: new Map(read) } }
  })
}

function appended(before: Buckets, after: Buckets): Buckets {
  const join = (column: (typeof COLUMNS)[number]) => {
    const joined = new Float64Array(before[column].length + after[column].length)
    joined.set(before[column])
    joined.set(after[column], before[column].length)
    return [column, joined] as const
  }
  return Object.fromEntries(COLUMNS.map(join)) as Buckets
}

/** What is known with what came: the same object for runs that did not change. */
export function mergedCurves(known: Curves, answer: ReturnType<typeof readCurves>): Curves {
  const merged = new Map(known)
  for (const { name, state, curves } of answer) {
    const before = known.get(name)
    if (state === 'found') merged.set(name, curves)
    if (state === 'missing') merged.delete(name)
    if (state !== 'grown' || !before) continue
    const series = [...curves.series].map(([key, grown]) => {
      const old = before.series.get(key)
      return [key, old ? { points: old.points + grown.points, buckets: appended(old.buckets, grown.buckets) } : grown] as const
    })
    const tooMany = series.some(([, { buckets }]) => buckets.count.length > GROWN_MAX)
    // Without a cursor the next question is for the whole.
    merged.set(name, { cursor: tooMany ? null : curves.cursor, series: new Map(series) })
  }
  return merged
}

/** The numbers as they are in memory; null when nothing has changed. */
async function askCurves(body: unknown): Promise<ArrayBuffer | null> {
  const response = await ask(`${BASE}/api/v1/metrics`, 'POST', body, { Accept: '*/*' })
  return response.status === 204 ? null : await response.arrayBuffer()
}

export type CurvesAsked = { entity: string; project: string; x: string; keys: string[]; runs: string[] }

/** The most series of one question. */
const SERIES_MAX = 5000

/** Curves over an axis, kept up to date while somebody looks. */
export const curvesQuery = (asked: CurvesAsked, live: boolean) =>
  queryOptions({
    queryKey: ['curves', asked],
    queryFn: async ({ client, queryKey }): Promise<Curves> => {
      const { entity, project, x, keys, runs } = asked
      const known = client.getQueryData<Curves>(queryKey) ?? new Map<string, RunCurves>()
      if (runs.length * keys.length > SERIES_MAX) throw new ApiError(413, 'TOO_LARGE', `${runs.length} runs with ${keys.length} metrics are more curves than can be drawn; filter the runs or name fewer metrics.`, null)
      const bytes = await askCurves({
        entity, project, x, keys, buckets: BUCKETS, deltas: true,
        runs: runs.map((name) => ({ name, cursor: known.get(name)?.cursor ?? undefined })),
      }).catch((error: unknown) => {
        // Runs that went since the list was asked for.
        if (error instanceof ApiError && error.status === 404) return null
        throw error
      })
      return bytes ? mergedCurves(known, readCurves(bytes)) : known
    },
    enabled: asked.keys.length > 0 && asked.runs.length > 0,
    structuralSharing: false,
    refetchInterval: live ? 2_000 : 10_000,
    gcTime: 60_000,
  })

/** A curve to draw: of a bucket of many points its first and last, and between them how far it went. */
export function drawnCurve({ xFirst, xLast, count, first, last, min, max }: Buckets): { x: Float64Array; y: Float64Array } {
  const [x, y]: [number[], number[]] = [[], []]
  const add = (at: number, value: number) => {
    x.push(at)
    y.push(value)
  }
  for (let index = 0; index < count.length; index++) {
    const value = (column: Float64Array) => column[index] ?? Number.NaN
    add(value(xFirst), value(first))
    if (value(count) < 2) continue
    const middle = (value(xFirst) + value(xLast)) / 2
    if (value(min) < Math.min(value(first), value(last))) add(middle, value(min))
    if (value(max) > Math.max(value(first), value(last))) add(middle, value(max))
    add(value(xLast), value(last))
  }
  return { x: Float64Array.from(x), y: Float64Array.from(y) }
}

/** A curve to calculate with: a point a bucket. */
export const plainCurve = ({ xLast, last }: Buckets) => ({ x: xLast, y: last })
