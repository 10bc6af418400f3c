import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { purgeRun, restoreRun, trashQuery, type TrashedRun } from '../../api/trash.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { ProjectTabs } from '../../ui/ProjectTabs.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { Problem } from '../Problem.tsx'

/** The deleted runs of a project, until they go for good. */
export function TrashPage() {
  const { entity = '', project = '' } = useParams({ strict: false })
  useTitle(`Trash · ${project}`)
  const cache = useQueryClient()
  const query = useInfiniteQuery(trashQuery(entity, project))
  const [leaving, setLeaving] = useState<TrashedRun | null>(null)
  const refresh = async () => {
    setLeaving(null)
    await cache.invalidateQueries({ queryKey: trashQuery(entity, project).queryKey })
    await cache.invalidateQueries({ queryKey: ['runs', entity, project] })
  }
  const restoring = useMutation({ mutationFn: (run: TrashedRun) => restoreRun(entity, project, run.name), onSuccess: refresh })
  const purging = useMutation({ mutationFn: (run: TrashedRun) => purgeRun(entity, project, run.name), onSuccess: refresh })
  if (query.error && !query.data) return <Problem error={query.error} retry={() => void query.refetch()} />
  const runs = query.data?.pages.flatMap((page) => page.items)
  return (
    <div className="page">
      <div className="page-head"><h1>Trash</h1></div>
      <ProjectTabs entity={entity} project={project} current="trash" />
      <ErrorText error={restoring.error} />
      {!runs ? <Loading what="deleted runs" /> : null}
      {runs?.length === 0 ? <p className="quiet">The trash is empty. A deleted run lies here for a while and can be restored.</p> : null}
      {runs && runs.length > 0 ? (
        <div className="card">
          <div className="table-scroll" tabIndex={0} role="region" aria-label="Deleted runs">
            <table className="table">
              <thead><tr><th>Name</th><th>Deleted</th><th>By</th><th>Gone for good</th><th><span className="visually-hidden">Actions</span></th></tr></thead>
              <tbody>
                {runs.map((run) => (
                  <tr key={run.name}>
                    <td title={run.name}>{run.display_name || run.name}</td>
                    <td><Ago time={run.deleted_at} /></td>
                    <td>{run.deleted_by ?? <span className="quiet">—</span>}</td>
                    <td>{new Date(run.expires_at).toLocaleString()}</td>
                    <td className="table-actions">
                      <Button
                        disabled={!run.can_restore || restoring.isPending} title={run.can_restore ? undefined : 'Who made it or a team admin can restore it'}
                        onClick={() => restoring.mutate(run)}
                      >
                        Restore
                      </Button>{' '}
                      {run.can_purge ? <Button kind="danger" onClick={() => setLeaving(run)}>Delete now</Button> : null}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {query.hasNextPage ? (
            <div className="table-more"><Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>Show more</Button></div>
          ) : null}
        </div>
      ) : null}
      {leaving ? (
        <Dialog title={`Delete ${leaving.display_name || leaving.name} for good?`} onClose={() => setLeaving(null)}>
          <p>Its metrics, console lines and files go within seconds. Nobody can bring them back.</p>
          <ErrorText error={purging.error} />
          <div className="dialog-actions">
            <Button autoFocus onClick={() => setLeaving(null)}>Keep it</Button>
            <Button kind="danger" disabled={purging.isPending} onClick={() => purging.mutate(leaving)}>Delete for good</Button>
          </div>
        </Dialog>
      ) : null}
    </div>
  )
}
