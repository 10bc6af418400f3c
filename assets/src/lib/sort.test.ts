import { expect, test } from 'vitest'
import { flipped, readSort, sorted, writeSort } from './sort.ts'

test('an order survives the address', () => {
  expect(writeSort(readSort('-runs', 'name'))).toBe('-runs')
  expect(readSort(undefined, 'name')).toEqual({ column: 'name', descending: false })
})

test('a second click turns the order round, another column begins anew', () => {
  const once = flipped(readSort(undefined, 'name'), 'runs')
  expect(once).toEqual({ column: 'runs', descending: false })
  expect(flipped(once, 'runs').descending).toBe(true)
  expect(flipped({ column: 'runs', descending: true }, 'name').descending).toBe(false)
})

test('numbers sort as numbers, names as people read them, nothing comes last both ways', () => {
  const items = [{ n: 10 }, { n: null }, { n: 9 }]
  const by = (descending: boolean) => sorted(items, { column: 'n', descending }, (item) => item.n).map(({ n }) => n)
  expect(by(false)).toEqual([9, 10, null])
  expect(by(true)).toEqual([10, 9, null])
  expect(sorted(['b', 'a10', 'a9'], { column: '', descending: false }, (item) => item)).toEqual(['a9', 'a10', 'b'])
})
