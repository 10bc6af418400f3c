import { expect, test } from 'vitest'
import { byReason, chosen, count, has, NOTHING, pageToggled, runFilter, toggled, type Selection } from './selection.ts'

const all: Selection = { kind: 'all', filter: '{}', total: 500 }

test('runs are picked one by one', () => {
  const one = toggled(NOTHING, 'a', ['a', 'b'])
  expect([has(one, 'a'), has(one, 'b'), count(one)]).toEqual([true, false, 1])
  expect(chosen(one)).toEqual({ runs: ['a'] })
  expect(count(toggled(one, 'a', ['a', 'b']))).toBe(0)
})

test('a page is picked whole, and let go whole, beside what was picked on others', () => {
  const other = toggled(NOTHING, 'z', ['z'])
  const page = pageToggled(other, ['a', 'b'])
  expect(count(page)).toBe(3)
  expect(count(pageToggled(page, ['a', 'b']))).toBe(1)
})

test('of all that match those that one sees are left when one is taken out', () => {
  expect([count(all), has(all, 'anything'), chosen(all)]).toEqual([500, true, { filter: '{}' }])
  expect(chosen(toggled(all, 'b', ['a', 'b', 'c']))).toEqual({ runs: ['a', 'c'] })
  expect(count(pageToggled(all, ['a']))).toBe(0)
})

test('what is typed is sought as it stands', () => {
  expect(JSON.parse(runFilter({ find: 'a.b(', state: 'failed' }))).toEqual({ display_name: { $regex: 'a\\.b\\(' }, state: 'failed' })
  expect(runFilter({ find: '', state: '' })).toBe('{}')
})

test('a reason is said once, with all that it holds for', () => {
  expect(byReason([{ name: 'a', reason: 'x' }, { name: 'b', reason: 'y' }, { name: 'c', reason: 'x' }])).toEqual([['x', ['a', 'c']], ['y', ['b']]])
})
