import { formatDuration } from '../lib/format.ts'
import { runDuration, type RunTimes } from '../lib/run.ts'
import { useNow } from './useNow.ts'

/** How long a run worked; counts on while it does. */
export function Duration({ run }: { run: RunTimes }) {
  const now = useNow(run.state === 'running' ? 1_000 : null)
  return <>{formatDuration(runDuration(run, now))}</>
}
