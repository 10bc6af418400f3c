import { expect, test } from 'vitest'
import { axisTitle, grouped, groupKey, metricNames, numberAt, within, type PanelRun } from './runs.ts'

const run = (name: string, more: Partial<PanelRun> = {}): PanelRun => ({
  entity: 'red', project: 'digits', name, displayName: name, username: null, tags: [], group: null, jobType: null, sweep: null, host: null, state: 'finished', createdAt: '2026-01-01T00:00:00Z',
  startedAt: null, heartbeatAt: null, endedAt: null, config: {}, summary: {}, color: 1, ...more,
})

test('an axis finds its value however it is written', () => {
  const one = run('a', { config: { lr: 0.1, opt: { name: 'adam', beta: 0.9 }, 'a.b': 3 }, summary: { loss: 0.5, 'val/acc': 'NaN', best: { f1: 1 } }, group: 'g' })
  expect(['config:lr.value', 'config.opt.value.beta', 'c::a.b', 'summary:loss', 'summary_metrics.best.f1', 'loss', 'run:createdAt'].map((axis) => numberAt(one, axis))).toEqual([0.1, 0.9, 3, 0.5, 1, 0.5, Date.parse('2026-01-01T00:00:00Z')])
  expect(numberAt(one, 'summary:val/acc')).toBeNaN()
  expect(within({ a: { 'b.c': 1 } }, 'a.b.c')).toBe(1)
  expect(['config:lr.value', '_step', 'val/loss'].map(axisTitle)).toEqual(['lr', 'Step', 'val/loss'])
})

test('runs are grouped by config or by what they are', () => {
  const runs = [run('a', { config: { lr: 1 }, group: 'x' }), run('b', { config: { lr: 2 } }), run('c', { config: { lr: 1 } })]
  const named = (key: string) => grouped(runs, [groupKey(key) ?? { section: 'run', name: 'name' }]).map((group) => [group.name, group.runs.map((one) => one.name).join('')])
  expect(named('lr.value')).toEqual([['lr: 1', 'ac'], ['lr: 2', 'b']])
  expect(named('group')).toEqual([['Group: x', 'a'], ['Group: —', 'bc']])
  expect(groupKey('None')).toBeNull()
})

test('metrics are the numbers of summaries, the client\'s own last', () => {
  expect(metricNames([run('a', { summary: { _step: 3, 'val/loss': 'NaN', best: { f1: 1 }, note: 'x', picture: { _type: 'image-file' } } })])).toEqual(['best.f1', 'val/loss', '_step'])
})
