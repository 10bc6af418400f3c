import { expect, test } from 'vitest'
import { commonMetrics, runDuration } from './run.ts'

const run = { state: 'running', createdAt: '2026-01-01T00:00:00Z', startedAt: null, heartbeatAt: '2026-01-01T00:00:30Z', endedAt: null }
const at = (text: string) => Date.parse(text)

test('a running run lasts until now, a crashed one until it was last heard of', () => {
  expect(runDuration(run, at('2026-01-01T00:01:00Z'))).toBe(60_000)
  expect(runDuration({ ...run, state: 'crashed' }, at('2026-01-01T00:01:00Z'))).toBe(30_000)
})

test('a finished run lasts until it ended', () => {
  expect(runDuration({ ...run, state: 'finished', endedAt: '2026-01-01T00:00:10Z' }, at('2026-01-02T00:00:00Z'))).toBe(10_000)
})

test('the metrics of most runs come first, without the internal ones', () => {
  expect(commonMetrics([{ a: 1, _step: 3, name: 'x' }, { b: 1 }, { b: 2 }], 2)).toEqual(['b', 'a'])
})
