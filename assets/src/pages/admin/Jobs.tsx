import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { jobsQuery, runJob, type Job } from '../../api/system.ts'
import { formatDuration, formatTime, parseTime } from '../../lib/format.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { useNow } from '../../ui/useNow.ts'
import { Problem } from '../Problem.tsx'

/** What the server does by itself. */
export function Jobs() {
  const cache = useQueryClient()
  const query = useQuery(jobsQuery)
  const running = useMutation({ mutationFn: runJob, onSuccess: () => cache.invalidateQueries({ queryKey: ['system'] }) })
  if (query.error && !query.data) return <Problem error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <Loading what="jobs" />
  return (
    <section className="card system-card" aria-label="Jobs">
      <ErrorText error={running.error} />
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Jobs of the server">
        <table className="table">
          <thead>
            <tr>
              <th>Job</th><th>Every</th><th>Last</th><th>Next</th><th>Result</th><th>Would remove now</th><th className="number">Failures</th>
              <th><span className="visually-hidden">Actions</span></th>
            </tr>
          </thead>
          <tbody>
            {query.data.items.map((job) => (
              <tr key={job.name}>
                <td>{job.name}</td>
                <td>{formatDuration(job.every_seconds * 1000)}</td>
                <td>{job.running ? 'now' : <Ago time={job.last_ended_at} />}</td>
                <td>{job.running ? <span className="quiet">—</span> : <Until time={job.next_at} />}</td>
                <td className="table-prose"><Result job={job} /></td>
                <td>{job.would_remove === null ? <span className="quiet">—</span> : `${job.would_remove} of ${job.holds ?? 0}`}</td>
                <td className="number">{job.failures}</td>
                <td className="table-actions">
                  <Button disabled={running.isPending} aria-label={`Run now: ${job.name}`} onClick={() => running.mutate(job.name)}>Run now</Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

/** A time to come as its distance from now; the exact one on hover. */
function Until({ time }: { time: string | null }) {
  const now = useNow(1_000)
  const then = parseTime(time)
  if (then === null) return <span className="quiet">—</span>
  return <time dateTime={new Date(then).toISOString()} title={formatTime(then)}>{then <= now ? 'due' : `in ${formatDuration(then - now)}`}</time>
}

function Result({ job }: { job: Job }) {
  if (job.last_error !== null) return <span className="system-bad">failed: {job.last_error}</span>
  if (job.last_ended_at === null) return <span className="quiet">not done yet</span>
  return <>{job.last_count === null ? 'well' : `well, ${job.last_count} changed`}</>
}
