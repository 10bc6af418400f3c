import type { RunSummary } from '../api/runs.ts'

/** Who made a run; who left since then is told so, and stays its author. */
export function Author({ run: { user, authorLeft } }: { run: Pick<RunSummary, 'user' | 'authorLeft'> }) {
  if (!user) return <span className="quiet">—</span>
  return <>{user.username}{authorLeft ? <span className="quiet"> former member</span> : null}</>
}
