import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { purgeProject, restoreProject, trashedProjectsQuery, type TrashedProject } from '../../api/projectTrash.ts'
import { formatTime, parseTime } from '../../lib/format.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'

/** Deleted projects that one may restore; nothing where there are none. */
export function TrashedProjects({ entity }: { entity: string }) {
  const trash = useQuery(trashedProjectsQuery(entity))
  if (!trash.data?.length) return <ErrorText error={trash.error} />
  return (
    <section className="card section" aria-label="Deleted projects">
      <h2>Deleted projects</h2>
      <div className="table-scroll" tabIndex={0} role="region" aria-label={`Deleted projects of ${entity}`}>
        <table className="table">
          <thead><tr><th>Project</th><th className="number">Runs</th><th>Deleted</th><th>By</th><th>Gone for good</th><th><span className="visually-hidden">Actions</span></th></tr></thead>
          <tbody>{trash.data.map((project) => <Row key={project.name} entity={entity} project={project} />)}</tbody>
        </table>
      </div>
    </section>
  )
}

function Row({ entity, project }: { entity: string; project: TrashedProject }) {
  const cache = useQueryClient()
  const [asking, setAsking] = useState(false)
  const address = { entity, project: project.name }
  const refresh = async () => {
    setAsking(false)
    await cache.invalidateQueries()
  }
  const restoring = useMutation({ mutationFn: () => restoreProject(address), onSuccess: refresh })
  const purging = useMutation({ mutationFn: () => purgeProject(address), onSuccess: refresh })
  return (
    <tr>
      <td>{project.name}</td>
      <td className="number">{project.runs}</td>
      <td><Ago time={project.deleted_at} /></td>
      <td>{project.deleted_by ?? '—'}</td>
      <td>{formatTime(parseTime(project.expires_at) ?? 0)}</td>
      <td className="table-actions">
        <Button aria-label={`Restore ${project.name}`} disabled={restoring.isPending} onClick={() => restoring.mutate()}>Restore</Button>{' '}
        {project.can_purge ? <Button kind="danger" aria-label={`Delete ${project.name} now`} onClick={() => setAsking(true)}>Delete now</Button> : null}
        <ErrorText error={restoring.error} />
        {asking ? (
          <Dialog title={`Delete ${project.name} for good?`} onClose={() => setAsking(false)}>
            <p>Its runs, files and artifacts go within seconds. Nobody can bring them back.</p>
            <ErrorText error={purging.error} />
            <div className="dialog-actions">
              <Button autoFocus onClick={() => setAsking(false)}>Keep it</Button>
              <Button kind="danger" disabled={purging.isPending} onClick={() => purging.mutate()}>Delete for good</Button>
            </div>
          </Dialog>
        ) : null}
      </td>
    </tr>
  )
}
