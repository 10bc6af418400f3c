import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { backupsQuery, runJob, type Backup } from '../../api/system.ts'
import { formatSize } from '../../lib/format.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Problem } from '../Problem.tsx'

/** The backups that the server makes by itself. */
export function Backups() {
  const cache = useQueryClient()
  const query = useQuery(backupsQuery)
  const making = useMutation({ mutationFn: () => runJob('backups'), onSuccess: () => cache.invalidateQueries({ queryKey: ['system'] }) })
  if (query.error && !query.data) return <Problem error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <Loading what="backups" />
  const backups = [...query.data.items].reverse()
  return (
    <section className="card system-card" aria-label="Backups">
      <ErrorText error={making.error} />
      <p>
        <Button disabled={making.isPending} onClick={() => making.mutate()}>Back up now</Button>{' '}
        <span className="quiet">The setting backup.to says where; the page Jobs says what came of the last attempt.</span>
      </p>
      {backups.length === 0 ? <p className="quiet">No backup is there.</p> : (
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Backups of the server">
          <table className="table">
            <thead><tr><th>Name</th><th>Made</th><th>Version</th><th className="number">Files</th><th className="number">Size</th><th>Read again</th></tr></thead>
            <tbody>
              {backups.map((backup) => (
                <tr key={backup.name}>
                  <td><code>{backup.name}</code></td>
                  <td><Ago time={backup.created_at} /></td>
                  <td>{backup.version}</td>
                  <td className="number">{backup.files}</td>
                  <td className="number">{formatSize(backup.size_bytes)}</td>
                  <td className="table-prose"><Verified backup={backup} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

function Verified({ backup }: { backup: Backup }) {
  if (backup.damage.length > 0) return <span className="system-bad">damaged: {backup.damage.join('; ')}</span>
  if (backup.missing > 0) return <span className="system-bad">{backup.missing} files were lost before it was made</span>
  return backup.verified_at === null ? <span className="quiet">no</span> : <>good, <Ago time={backup.verified_at} /></>
}
