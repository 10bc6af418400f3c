import { expect, test } from 'vitest'
import { conditionOf, conditionWords, namesIn, type Condition } from './alerts.ts'

const form = (values: Record<string, string>) => {
  const data = new FormData()
  for (const [name, value] of Object.entries(values)) data.set(name, value)
  return data
}

test('a form says a condition, and the condition a sentence', () => {
  const all = { metric: ' val/loss ', better: 'lower', percent: '5', over: 'mean', points: '3', value: '0.5', run: 'best', is: 'below', direction: 'fall', amount: '20', unit: 'percent', before: '50', severity: 'warn', 'end-failed': 'on', 'end-crashed': 'on' }
  const said: [Record<string, string>, Condition, string][] = [
    [{ kind: 'baseline', against: 'run' }, { kind: 'baseline', metric: 'val/loss', better: 'lower', percent: 5, over: 'mean', points: 3, run: 'best' }, 'the mean of the last 3 values of val/loss is more than 5 % worse than that of the run best (lower is better)'],
    [{ kind: 'baseline', against: 'value', points: '1' }, { kind: 'baseline', metric: 'val/loss', better: 'lower', percent: 5, over: 'mean', points: 1, value: 0.5 }, 'the last value of val/loss is more than 5 % worse than 0.5 (lower is better)'],
    [{ kind: 'threshold', over: 'max' }, { kind: 'threshold', metric: 'val/loss', is: 'below', value: 0.5, over: 'max', points: 3 }, 'the greatest of the last 3 values of val/loss is below 0.5'],
    [{ kind: 'change' }, { kind: 'change', metric: 'val/loss', direction: 'fall', amount: 20, unit: 'percent', points: 3, before: 50 }, 'the mean of the last 3 values of val/loss falls by 20 % or more from that of the 50 before'],
    [{ kind: 'state' }, { kind: 'state', states: ['failed', 'crashed'] }, 'a run ends as failed or crashed'],
    [{ kind: 'sent' }, { kind: 'sent', severity: 'warn' }, 'a run sends an alert of severity warn or higher'],
  ]
  for (const [values, condition, words] of said) {
    expect(conditionOf(form({ ...all, ...values }))).toEqual(condition)
    expect(conditionWords(condition)).toBe(words)
  }
})

test('names stand between commas, blanks or lines', () => {
  expect(namesIn(' ada, ops@example.org\nboss ')).toEqual(['ada', 'ops@example.org', 'boss'])
})
