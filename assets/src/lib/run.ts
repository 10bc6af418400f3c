// What the pages say about a run, from the server's facts.
import { parseTime } from './format.ts'

export type RunTimes = { state: string; createdAt: string; startedAt: string | null; heartbeatAt: string | null; endedAt: string | null }

/** How long the run worked, in milliseconds: until it ended, was last heard of, or now. */
export function runDuration(run: RunTimes, now: number): number {
  const start = parseTime(run.startedAt) ?? parseTime(run.createdAt) ?? now
  const end = parseTime(run.endedAt) ?? (run.state === 'running' ? now : parseTime(run.heartbeatAt)) ?? now
  return Math.max(0, end - start)
}

/** The summary's metrics: numbers that are not the client's own. */
export function summaryNumbers(summary: Record<string, unknown>): [string, number][] {
  return Object.entries(summary).filter((entry): entry is [string, number] => !entry[0].startsWith('_') && typeof entry[1] === 'number')
}

/** The metrics that most of the runs have, most frequent first. */
export function commonMetrics(summaries: Record<string, unknown>[], count: number): string[] {
  const seen = new Map<string, number>()
  for (const summary of summaries) for (const [key] of summaryNumbers(summary)) seen.set(key, (seen.get(key) ?? 0) + 1)
  return [...seen].sort(([, left], [, right]) => right - left).slice(0, count).map(([key]) => key)
}

