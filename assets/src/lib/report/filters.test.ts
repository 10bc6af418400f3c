import { expect, test } from 'vitest'
import { groupingOf, runSetFilter, runSetOrder } from './filters.ts'

const NOW = Date.parse('2026-01-01T12:00:00Z')
const key = (section: string, name: string) => ({ section, name })
const filterOf = (filters: unknown, more: Record<string, unknown> = {}) => runSetFilter({ filters, ...more }, NOW)

test('a tree of filters is said in the language of the server', () => {
  const tree = {
    op: 'OR',
    filters: [
      {
        op: 'AND',
        filters: [
          { key: key('config', 'lr'), op: '>=', value: 0.1, disabled: false },
          { key: key('run', 'state'), op: '=', value: 'finished' },
          { key: key('run', 'tags'), op: 'IN', value: ['good', 'best'] },
          { key: key('summary', 'val/loss'), op: '!=', value: null },
          { key: key('keys_info', 'acc'), op: '!=', value: null },
          { key: key('run', 'displayName'), op: 'REGEX', value: '^a' },
          { key: key('run', 'name'), op: 'NIN', value: ['x'] },
          { key: key('run', 'createdAt'), op: 'WITHINSECONDS', value: 3600 },
          { key: key('config', 'off'), op: '=', value: 1, disabled: true },
          { key: key('config', ''), op: '=', value: 1 },
        ],
      },
    ],
  }
  expect(filterOf(tree)).toEqual({
    $and: [{
      $or: [{
        $and: [
          { 'config.lr': { $gte: 0.1 } }, { state: 'finished' }, { tags: { $in: ['good', 'best'] } }, { 'summary_metrics.val/loss': { $ne: null } }, { 'keys_info.keys.acc': { $ne: null } },
          { displayName: { $regex: '^a' } }, { name: { $nin: ['x'] } }, { createdAt: { $gte: '2026-01-01T11:00:00.000Z' } },
        ],
      }],
    }],
  })
  expect(filterOf({ op: 'OR', filters: [{ op: 'AND', filters: [] }] })).toEqual({ $and: [{ $or: [{ $and: [] }] }] })
})

test('in the flat form "and" binds closer than "or", and what is off leaves no gap', () => {
  const one = (name: string, more: object = {}) => ({ key: key('config', name), op: '=', value: 1, ...more })
  const v2 = { filterFormat: 'filterV2', filters: [one('a'), one('b', { connector: 'OR', disabled: true }), one('c', { connector: 'AND' }), { connector: 'AND', filters: [one('d'), one('e', { connector: 'OR' })] }] }
  expect(filterOf(v2)).toEqual({ $and: [{ $or: [{ $and: [{ 'config.a': 1 }] }, { $and: [{ 'config.c': 1 }, { $or: [{ $and: [{ 'config.d': 1 }] }, { $and: [{ 'config.e': 1 }] }] }] }] }] })
})

test('what cannot be said is refused in words', () => {
  expect(() => filterOf({ op: 'AND', filters: [{ key: key('config', 'a'), op: 'LIKE', value: 1 }] })).toThrow('LIKE')
  expect(() => filterOf({ op: 'AND', filters: [{ key: key('artifact', 'a'), op: '=', value: 1 }] })).toThrow('artifact')
})

test('search and selections narrow a set', () => {
  expect(filterOf(null, { search: { query: 'a.b' }, selections: { root: 1, tree: ['x', { value: 'g', children: ['y'] }] } })).toEqual({ $and: [{ display_name: { $regex: 'a\\.b' } }, { name: { $nin: ['x', 'y'] } }] })
  expect(filterOf(null, { search: { query: 'a.b', isRegex: true }, selections: { root: 0, tree: [] } })).toEqual({ $and: [{ display_name: { $regex: 'a.b' } }, { name: { $in: [] } }] })
})

test('orders and groups are read in both forms', () => {
  expect(runSetOrder({})).toBe('-created_at')
  expect(runSetOrder({ sort: { keys: [{ key: key('summary', 'loss'), ascending: true }, { key: key('run', 'createdAt'), ascending: false }] } })).toBe('+summary_metrics.loss,-createdAt')
  expect(runSetOrder({ sort: { key: key('config', 'lr.value'), ascending: false } })).toBe('-config.lr.value')
  expect(groupingOf({ grouping: [key('config', 'lr.value'), null] })).toEqual([key('config', 'lr.value')])
})
