import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { ProjectSettings } from '../../api/projectSettings.ts'
import { deleteProject, deletionQuery } from '../../api/projectTrash.ts'
import { counted, formatSize } from '../../lib/format.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { TypedConfirm } from '../../ui/TypedConfirm.tsx'
import { Why } from '../../ui/Why.tsx'

/** The end of a project, with what goes along; who may not is told why. */
export function DeleteProject({ project }: { project: ProjectSettings }) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const address = { entity: project.entity, project: project.name }
  const deletion = useQuery(deletionQuery(address))
  const [asking, setAsking] = useState(false)
  const deleting = useMutation({
    mutationFn: () => deleteProject(address),
    onSuccess: async () => {
      await navigate({ to: '/$entity', params: { entity: project.entity } })
      await cache.invalidateQueries()
    },
  })
  if (!deletion.data) return <ErrorText error={deletion.error} />
  const { runs, running, locked, reports, artifacts, bytes, days_in_trash: days, can_delete: may, reason } = deletion.data
  const why = !may ? reason : locked > 0 ? `${counted(locked, 'run')} ${locked === 1 ? 'is' : 'are'} locked against deletion` : null
  return (
    <section className="card settings-card" aria-label="Delete this project">
      <h2>Delete this project</h2>
      <p>{counted(runs, 'run')}, {counted(reports, 'report')} and {counted(artifacts, 'artifact version')}, {formatSize(bytes)} in all, go to the trash with it, and can be restored for {counted(days, 'day')}.</p>
      <Button kind="danger" disabled={why !== null} title={why ?? undefined} onClick={() => setAsking(true)}>Delete project</Button>
      {why === null ? null : <p className="quiet">{why}. {may ? null : <Why action="delete" target={`project/${project.entity}/${project.name}`} />}</p>}
      {asking ? (
        <TypedConfirm title={`Delete ${project.name}?`} name={project.name} action="Delete project" error={deleting.error} pending={deleting.isPending} onClose={() => setAsking(false)} onConfirm={() => deleting.mutate()}>
          <p>{counted(runs, 'run')} with {formatSize(bytes)} go to the trash of {project.entity} for {counted(days, 'day')}.{running > 0 ? ` ${counted(running, 'run')} ${running === 1 ? 'is' : 'are'} being logged now and will be refused.` : ''}</p>
        </TypedConfirm>
      ) : null}
    </section>
  )
}
