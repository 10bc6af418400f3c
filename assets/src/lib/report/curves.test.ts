import { expect, test } from 'vitest'
import { aggregate, aggregated, smoothed } from './curves.ts'

const curve = (x: number[], y: number[]) => ({ x: Float64Array.from(x), y: Float64Array.from(y) })

test('smoothing begins where the values begin, and keeps what is level', () => {
  for (const kind of ['exponential', 'exponentialTimeWeighted', 'gaussian', 'average']) {
    expect([...smoothed(curve([0, 1, 2], [5, 5, 5]), kind, kind === 'average' ? 3 : 0.6)].map((value) => Math.round(value * 1e9) / 1e9), kind).toEqual([5, 5, 5])
  }
  expect([...smoothed(curve([0, 1], [0, 1]), 'exponential', 0.5)]).toEqual([0, 1 / 1.5])
  expect([...smoothed(curve([0, 1, 2], [0, 3, 0]), 'average', 2)]).toEqual([1.5, 1, 1.5])
  expect([...smoothed(curve([0, 1], [0, 1]), 'none', 0.9)]).toEqual([0, 1])
})

test('several curves are one with its spread; each counts between its ends alone', () => {
  const { x, y, low, high } = aggregated([curve([0, 2], [0, 2]), curve([1, 2, 3], [3, 4, 5])], 'mean', 'minmax')
  expect([...x]).toEqual([0, 1, 2, 3])
  expect([...y]).toEqual([0, 2, 3, 5])
  expect([...(low ?? [])]).toEqual([0, 1, 2, 5])
  expect([...(high ?? [])]).toEqual([0, 3, 4, 5])
  expect(aggregated([curve([0], [1])], 'mean', 'minmax').low).toBeNull()
})

test('numbers are aggregated as named', () => {
  expect(['mean', 'min', 'max', 'sum', 'median'].map((agg) => aggregate([1, 2, 6, 7], agg))).toEqual([4, 1, 7, 16, 4])
})
