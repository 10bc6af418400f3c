import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Lock } from 'lucide-react'
import { useState } from 'react'
import { changeTeam, deleteTeam, organizationQuery, setVisibility, teamProjectsQuery, teamQuery, type Project, type Settings, type SettingsChange, type Team, type Visibility } from '../../api/teams.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { Select } from '../../ui/Select.tsx'

type Details = NonNullable<Team['details']>
type Flag = Exclude<keyof SettingsChange, 'default_visibility'>

const VISIBILITIES: [Visibility, string][] = [['restricted', 'Restricted: named members'], ['team', 'Team'], ['public', 'Public: anybody may look'], ['open', 'Open: everybody may log']]
const FLAGS: [Flag, string, string][] = [
  ['hidden', 'Hide this team', 'Only its own people and the admins of the organization learn that it is there.'],
  ['private_only', 'Make all future projects private', 'Projects are for the team or for named people; nobody opens them.'],
  ['members_invite', 'Members may invite', 'Otherwise only admins do.'],
  ['code_saving', 'Save code by default', 'The client keeps the program of a run with it unless told otherwise.'],
]

/** What a team decides for itself; what its organization decided is shown with who did. */
export function TeamSettings({ team, details }: { team: Team; details: Details }) {
  return (
    <>
      <General team={team} />
      <Privacy team={team} settings={details.settings} />
      <Projects team={team} />
      <Danger team={team} details={details} />
    </>
  )
}

function useChange(team: Team) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (change: Parameters<typeof changeTeam>[1]) => changeTeam(team.name, change),
    onSuccess: (changed) => cache.setQueryData(teamQuery(team.name).queryKey, changed),
  })
}

function General({ team }: { team: Team }) {
  const changing = useChange(team)
  if (!team.can_manage) return null
  return (
    <form
      className="card settings-card"
      onSubmit={(event) => {
        event.preventDefault()
        const form = new FormData(event.currentTarget)
        changing.mutate({ display_name: String(form.get('display_name')), description: String(form.get('description')) })
      }}
    >
      <h2>General</h2>
      <Field label="Display name" name="display_name" defaultValue={team.display_name} maxLength={128} hint={`The name in addresses stays ${team.name}.`} required />
      <Field label="What the team is for" name="description" defaultValue={team.description} maxLength={4096} />
      <ErrorText error={changing.error} />
      <Button type="submit" disabled={changing.isPending}>{changing.isSuccess ? 'Saved' : 'Save'}</Button>
    </form>
  )
}

function Privacy({ team, settings }: { team: Team; settings: Settings }) {
  const changing = useChange(team)
  const lockOf = (setting: string) => settings.locks.find((lock) => lock.setting === setting)
  const note = (setting: string) => {
    const lock = lockOf(setting)
    return lock ? <span className="quiet"><Lock size={12} aria-hidden /> set by your organization ({lock.locked_by ?? 'the operator'})</span> : null
  }
  const disabled = (setting: string) => !team.can_manage || changing.isPending || lockOf(setting) !== undefined
  return (
    <section className="card settings-card" aria-label="Privacy">
      <h2>Privacy</h2>
      {team.can_manage ? null : <p className="quiet">Only a team admin changes these settings.</p>}
      {FLAGS.map(([flag, name, about]) => (
        <div key={flag} className="settings-check">
          <input type="checkbox" id={flag} checked={settings[flag]} disabled={disabled(flag)} onChange={(event) => changing.mutate({ settings: { [flag]: event.target.checked } })} />
          <label htmlFor={flag}>{name} {note(flag)}</label>
          <p className="quiet">{about}</p>
        </div>
      ))}
      <Select
        label="Visibility of new projects"
        options={VISIBILITIES}
        value={settings.default_visibility}
        disabled={disabled('default_visibility')}
        onChange={(event) => changing.mutate({ settings: { default_visibility: event.target.value as Visibility } })}
      />
      {note('default_visibility')}
      <ErrorText error={changing.error} />
    </section>
  )
}

function Projects({ team }: { team: Team }) {
  const projects = useQuery(teamProjectsQuery(team.name))
  if (!projects.data?.items.length) return <ErrorText error={projects.error} />
  return (
    <section className="card team-section" aria-label="Visibility of projects">
      <h2>Projects</h2>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Who sees the projects">
        <table className="table">
          <thead><tr><th>Project</th><th>Visibility</th><th>Made by</th><th className="number">Named members</th><th className="number">Runs</th></tr></thead>
          <tbody>{projects.data.items.map((project) => <ProjectRow key={project.name} project={project} />)}</tbody>
        </table>
      </div>
    </section>
  )
}

function ProjectRow({ project }: { project: Project }) {
  const cache = useQueryClient()
  const changing = useMutation({
    mutationFn: (visibility: Visibility) => setVisibility(project.entity, project.name, visibility),
    onSettled: () => cache.invalidateQueries({ queryKey: teamProjectsQuery(project.entity).queryKey }),
  })
  return (
    <tr>
      <td>{project.name}</td>
      <td>
        <Select
          label={`Visibility of ${project.name}`}
          hidden
          options={VISIBILITIES}
          value={project.visibility}
          disabled={!project.can_manage || changing.isPending}
          onChange={(event) => changing.mutate(event.target.value as Visibility)}
        />
        <ErrorText error={changing.error} />
      </td>
      <td>{project.created_by ?? '—'}</td>
      <td className="number">{project.named_members}</td>
      <td className="number">{project.runs}</td>
    </tr>
  )
}

function Danger({ team, details }: { team: Team; details: Details }) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const organization = useQuery({ ...organizationQuery(team.organization ?? ''), enabled: team.organization !== null && team.can_manage })
  const [asking, setAsking] = useState(false)
  const [typed, setTyped] = useState('')
  const deleting = useMutation({
    mutationFn: () => deleteTeam(team.name),
    onSuccess: async () => {
      await navigate({ to: '/' })
      await cache.invalidateQueries()
    },
  })
  if (organization.data?.role !== 'admin') return null
  return (
    <section className="card settings-card" aria-label="Delete the team">
      <h2>Delete this team</h2>
      <p>Its {details.projects} projects with {details.runs} runs are gone for everybody until an admin of the organization restores the team.</p>
      <div><Button kind="danger" onClick={() => setAsking(true)}>Delete team</Button></div>
      {asking ? (
        <Dialog title={`Delete ${team.name}?`} onClose={() => setAsking(false)}>
          <Field label={`Type ${team.name} to go on`} value={typed} onChange={(event) => setTyped(event.target.value)} autoFocus />
          <ErrorText error={deleting.error} />
          <div className="dialog-actions">
            <Button onClick={() => setAsking(false)}>Keep it</Button>
            <Button kind="danger" disabled={typed !== team.name || deleting.isPending} onClick={() => deleting.mutate()}>Delete team</Button>
          </div>
        </Dialog>
      ) : null}
    </section>
  )
}
