import { expect, test } from 'vitest'
import { drawnCurve, mergedCurves, readCurves } from './metrics.ts'

const COLUMNS = 7

/** An answer of the server with one run and one key. */
function answer(state: string, points: [x: number, y: number][]): ArrayBuffer {
  const head = JSON.stringify({ runs: [{ name: 'a', state, cursor: `c${points.length}`, series: state === 'unchanged' ? [] : [{ key: 'loss', points: points.length, buckets: points.length }] }] })
  const padded = head + ' '.repeat((8 - (head.length % 8)) % 8)
  const bytes = new ArrayBuffer(8 + padded.length + 8 * COLUMNS * points.length)
  new Uint8Array(bytes).set(new TextEncoder().encode('RSM1'))
  new DataView(bytes).setUint32(4, padded.length, true)
  new Uint8Array(bytes).set(new TextEncoder().encode(padded), 8)
  const numbers = new Float64Array(bytes, 8 + padded.length)
  const columns = [(x: number) => x, (x: number) => x, () => 1, (_: number, y: number) => y, (_: number, y: number) => y, (_: number, y: number) => y, (_: number, y: number) => y]
  columns.forEach((column, index) => points.forEach(([x, y], place) => (numbers[index * points.length + place] = column(x, y))))
  return bytes
}

test('curves are read, and what they grew by is put behind', () => {
  const known = mergedCurves(new Map(), readCurves(answer('found', [[0, 1], [1, 2]])))
  const grown = mergedCurves(known, readCurves(answer('grown', [[2, 4]])))
  const series = grown.get('a')?.series.get('loss')
  expect(series?.points).toBe(3)
  expect(series ? [...drawnCurve(series.buckets).x] : null).toEqual([0, 1, 2])
  expect(series ? [...drawnCurve(series.buckets).y] : null).toEqual([1, 2, 4])
  expect(grown.get('a')?.cursor).toBe('c1')
  expect(mergedCurves(grown, readCurves(answer('unchanged', []))).get('a')).toBe(grown.get('a'))
  expect(mergedCurves(grown, readCurves(answer('missing', []))).has('a')).toBe(false)
})

test('of a bucket its ends and how far it went between them are drawn', () => {
  const one = (value: number) => Float64Array.of(value)
  const curve = drawnCurve({ xFirst: one(0), xLast: one(10), count: one(5), first: one(1), last: one(2), min: one(-3), max: one(2) })
  expect([...curve.x]).toEqual([0, 5, 10])
  expect([...curve.y]).toEqual([1, -3, 2])
})
