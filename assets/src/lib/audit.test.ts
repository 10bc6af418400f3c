import { expect, test } from 'vitest'
import { auditSearch, detailLines } from './audit.ts'

test('only what is said is asked for, and days are whole', () => {
  const search = auditSearch({ actor: ' ada ', action: '', from: '2026-03-01', until: '2026-03-31', page: '2' }, 'red')
  expect(search).toEqual({ actor: 'ada', from: new Date(2026, 2, 1).toISOString(), until: new Date(2026, 3, 1).toISOString(), team: 'red' })
  expect(auditSearch({}, null)).toEqual({})
})

test('details read as text', () => {
  expect(detailLines({ role: 'member', before: null, from_team: { a: 1 } })).toEqual([['role', 'member'], ['before', 'null'], ['from team', '{"a":1}']])
})
