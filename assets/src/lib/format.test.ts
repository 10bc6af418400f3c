import { expect, test } from 'vitest'
import { countedAll, formatAgo, formatDuration, formatNumber, formatSize, parseTime, stripTerminalCodes } from './format.ts'

test('numbers have four significant digits and no idle zeros', () => {
  expect([0, 0.5, 2.54912, 1234.5, 12345, 3_200_000, 0.00012345, -7].map(formatNumber)).toEqual([
    '0', '0.5', '2.549', '1235', '12.35k', '3.2M', '1.234e-4', '-7',
  ])
})

test('what is not finite is still shown', () => {
  expect([Number.NaN, Infinity, -Infinity].map(formatNumber)).toEqual(['NaN', '∞', '−∞'])
})

test('sizes step by a thousand', () => {
  expect([0, 999, 1000, 1_234_567].map(formatSize)).toEqual(['0 B', '999 B', '1 kB', '1.23 MB'])
})

test('durations show two units', () => {
  expect([900, 65_000, 3_900_000, 90_000_000].map(formatDuration)).toEqual(['0s', '1m 5s', '1h 5m', '1d 1h'])
})

test('a clock that is ahead of the server is no time travel', () => {
  expect(formatAgo(5_000, 1_000)).toBe('just now')
})

test('a time without a zone is UTC', () => {
  expect(parseTime('2026-01-02T03:04:05')).toBe(parseTime('2026-01-02T03:04:05Z'))
  expect(parseTime(null)).toBeNull()
})

test('colour codes of the terminal are not text', () => {
  expect(stripTerminalCodes('\u001b[1;32mok\u001b[0m done')).toBe('ok done')
})

test('what there is none of is not counted, unless there is nothing', () => {
  expect(countedAll([2, 'run'], [0, 'project'], [1, 'report'], [3, 'alert'])).toBe('2 runs, 1 report and 3 alerts')
  expect(countedAll([0, 'run'], [0, 'project'])).toBe('0 runs')
})
