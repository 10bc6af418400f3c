import { formatAgo, formatTime, parseTime } from '../lib/format.ts'

/** A time as its distance from now; the exact one on hover. */
export function Ago({ time }: { time: string | null | undefined }) {
  const then = parseTime(time)
  if (then === null) return <span className="quiet">—</span>
  return <time dateTime={new Date(then).toISOString()} title={formatTime(then)}>{formatAgo(then, Date.now())}</time>
}
