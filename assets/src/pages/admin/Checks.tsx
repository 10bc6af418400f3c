import { useQuery } from '@tanstack/react-query'
import { checksQuery, type Check } from '../../api/system.ts'
import { Button } from '../../ui/Button.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Problem } from '../Problem.tsx'

const WORDS: Record<Check['state'], string> = { good: 'Good', skipped: 'Skipped', warning: 'Warning', bad: 'Bad' }
const GRAVEST_FIRST: Check['state'][] = ['bad', 'warning', 'good', 'skipped']

/** All that `runstead doctor` looks at. */
export function Checks() {
  const query = useQuery(checksQuery)
  if (query.error && !query.isFetching) return <Problem error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <Loading what="what the checks find" />
  const checks = GRAVEST_FIRST.flatMap((state) => query.data.checks.filter((check) => check.state === state))
  return (
    <section className="card system-card" aria-label="Checks">
      <p>
        <Button disabled={query.isFetching} onClick={() => void query.refetch()}>{query.isFetching ? 'Looking…' : 'Look again'}</Button>{' '}
        <span className="quiet">The same as “runstead doctor”, which reads large databases whole as well.</span>
      </p>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="What the checks found">
        <table className="table">
          <thead><tr><th>State</th><th>Check</th><th>What was found, and what to do</th></tr></thead>
          <tbody>
            {checks.map(({ name, state, message, advice }) => (
              <tr key={name}>
                <td><span className={`system-${state}`}>{WORDS[state]}</span></td>
                <td><code>{name}</code></td>
                <td className="table-prose">{message}{advice ? <div className="system-advice">{advice}</div> : null}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
