import { formatAgo, formatTime, parseTime } from '../lib/format.ts'
import { useNow } from './useNow.ts'

/** A time as its distance from now; the exact one on hover. */
export function Ago({ time }: { time: string | null | undefined }) {
  const now = useNow(10_000)
  const then = parseTime(time)
  if (then === null) return <span className="quiet">—</span>
  return <time dateTime={new Date(then).toISOString()} title={formatTime(then)}>{formatAgo(then, now)}</time>
}
