import { expect, test } from 'vitest'
import { stack } from './margin.ts'

const items = (...wants: number[]) => wants.map((want) => ({ want, height: 50 }))

test('what has room stands beside its words', () => {
  expect(stack(items(0, 100, 300), 10)).toEqual([0, 100, 300])
})

test('what has none stands below the one before', () => {
  expect(stack(items(20, 30, 40, 300), 10)).toEqual([20, 80, 140, 300])
})

test('the one that is looked at stands beside its words, those above it go up', () => {
  expect(stack(items(200, 210, 220, 225), 10, 2)).toEqual([100, 160, 220, 280])
})

test('nothing is pushed out at the top, nor lies over another', () => {
  expect(stack(items(0, 10, 20, 25), 10, 2)).toEqual([0, 60, 120, 180])
  expect(stack([], 10)).toEqual([])
})
