import { Link } from '@tanstack/react-router'
import type { Run, RunAddress } from '../../api/runs.ts'
import { runPath } from '../../paths.ts'
import { Ago } from '../../ui/Ago.tsx'

/** That others of the project were given the same config before or since: perhaps the work is done already. */
export function SameConfig({ address, run }: { address: RunAddress; run: Run }) {
  const { runs, hasMore } = run.similarRuns
  if (runs.length === 0) return null
  return (
    <p role="note" aria-label="Similar runs" className="quiet run-similar">
      The same config as{' '}
      {runs.map(({ name, displayName, createdAt, user }, index) => (
        <span key={name}>
          {index > 0 ? ', ' : ''}
          <Link to={runPath({ ...address, run: name })}>{displayName || name}</Link> ({user ? `${user.username}, ` : ''}<Ago time={createdAt} />)
        </span>
      ))}
      {hasMore ? ' and older runs' : ''}
    </p>
  )
}
