import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { changeProject, type ProjectSettings } from '../../api/projectSettings.ts'
import { myTeamsQuery, teamQuery } from '../../api/teams.ts'
import { formatTime, parseTime } from '../../lib/format.ts'
import { maySend, VISIBILITIES, type Visibility } from '../../lib/roles.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { Select } from '../../ui/Select.tsx'
import { useHeirs } from '../../ui/useHeirs.ts'

/** What a project is about and who sees it. */
export function ProjectGeneral({ project }: { project: ProjectSettings }) {
  const cache = useQueryClient()
  const address = { entity: project.entity, project: project.name }
  const changing = useMutation({
    mutationFn: (change: { description?: string; visibility?: Visibility; owner?: string }) => changeProject(address, change),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: ['project-settings'] })
      await cache.invalidateQueries({ queryKey: ['project-members', address] })
      await cache.invalidateQueries({ queryKey: ['projects-settings', project.entity] })
    },
  })
  const seat = useQuery(myTeamsQuery).data?.items.find((team) => team.name === project.entity)
  // Admins of the organization hand projects over too, though they have no seat.
  const team = useQuery({ ...teamQuery(project.entity), enabled: project.can_manage }).data
  const mayWrite = project.can_manage || maySend(seat?.role ?? null)
  return (
    <section className="card settings-card" aria-label="General">
      <h2>General</h2>
      <dl className="facts">
        <dt>Owner</dt><dd>{project.owner}{project.owner_left ? <span className="quiet"> owner left</span> : null}</dd>
        <dt>Made</dt><dd>{formatTime(parseTime(project.created_at) ?? 0)}</dd>
        <dt>Runs</dt><dd>{project.runs.toLocaleString()}</dd>
        {mayWrite ? null : <><dt>What it is about</dt><dd>{project.description || '—'}</dd></>}
      </dl>
      <Select
        label="Visibility" options={VISIBILITIES} value={project.visibility} disabled={!project.can_manage || changing.isPending}
        title={project.can_manage ? undefined : 'Only an admin of the team changes who sees the project'}
        onChange={(event) => changing.mutate({ visibility: event.target.value as Visibility })}
      />
      {project.can_manage ? null : <p className="quiet">Only an admin of the team changes who sees the project.</p>}
      {project.can_manage && team?.kind === 'team' ? <Owner project={project} pending={changing.isPending} onChange={(owner) => changing.mutate({ owner })} /> : null}
      {mayWrite ? (
        <form
          className="settings-form"
          onSubmit={(event) => {
            event.preventDefault()
            changing.mutate({ description: String(new FormData(event.currentTarget).get('description')) })
          }}
        >
          <Field label="What it is about" name="description" defaultValue={project.description} maxLength={4096} />
          <Button type="submit" disabled={changing.isPending}>Save</Button>
        </form>
      ) : null}
      <ErrorText error={changing.error} />
    </section>
  )
}

/** To whom a project is handed over: members who may log, with the owner first though they have left. */
function Owner({ project, pending, onChange }: { project: ProjectSettings; pending: boolean; onChange: (username: string) => void }) {
  const owner = project.owner ?? ''
  const heirs = useHeirs(project.entity, owner)
  return (
    <Select
      label="Owner" value={owner} disabled={pending} options={[[owner, project.owner_left ? `${owner || 'nobody'} (left)` : owner], ...heirs]}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}
