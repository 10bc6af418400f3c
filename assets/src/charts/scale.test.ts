import { expect, test } from 'vitest'
import { extent, linear, logTicks, logarithmic, nearest, ticks } from './scale.ts'

test('ticks are round and inside the range', () => {
  expect(ticks({ low: 0, high: 1 }, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
  expect(ticks({ low: -3, high: 12 }, 4)).toEqual([0, 5, 10])
  expect(ticks({ low: 0.00011, high: 0.00029 }, 2)).toEqual([0.0002])
})

test('a range ignores what is not finite, and one value gets room', () => {
  expect(extent([3, Number.NaN, 1, Infinity])).toEqual({ low: 1, high: 3 })
  expect(extent([10])).toEqual({ low: 9, high: 11 })
  expect(extent([Number.NaN])).toBeNull()
})

test('values map to pixels at both ends', () => {
  const y = linear({ low: 0, high: 2 }, 100, 0)
  expect([y(0), y(1), y(2)]).toEqual([100, 50, 0])
})

test('the nearest point wins from either side', () => {
  const steps = Float64Array.of(0, 10, 20)
  expect([-5, 4, 6, 99].map((wanted) => nearest(steps, wanted))).toEqual([0, 0, 1, 2])
  expect(nearest(Float64Array.of(), 1)).toBe(-1)
})

test('a logarithmic axis gives each power of ten the same room', () => {
  const scale = logarithmic({ low: 0.01, high: 100 }, 0, 400)
  expect([0.01, 0.1, 1, 100].map((value) => Math.round(scale(value)))).toEqual([0, 100, 200, 400])
  expect(scale(0)).toBeNaN()
  expect(logTicks({ low: 0.01, high: 100 }, 4)).toEqual([0.01, 0.1, 1, 10, 100])
  expect(logTicks({ low: 1, high: 10 }, 6)).toEqual([1, 2, 5, 10])
})
