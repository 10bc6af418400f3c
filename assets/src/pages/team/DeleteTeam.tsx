import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { organizationQuery } from '../../api/organizations.ts'
import { teamDeletionQuery, type Deletion } from '../../api/projectTrash.ts'
import { deleteTeam, type Team } from '../../api/teams.ts'
import { counted, formatSize } from '../../lib/format.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { TypedConfirm } from '../../ui/TypedConfirm.tsx'
import { Why } from '../../ui/Why.tsx'
import type { Details } from './TeamSettings.tsx'

/** The end of a team; for admins of its organization, who can also take it back. */
export function DeleteTeam({ team, details }: { team: Team; details: Details }) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const organization = useQuery({ ...organizationQuery(team.organization ?? ''), enabled: team.organization !== null && team.can_manage })
  const deletion = useQuery({ ...teamDeletionQuery(team.name), enabled: team.can_manage })
  const [asking, setAsking] = useState(false)
  const deleting = useMutation({
    mutationFn: () => deleteTeam(team.name),
    onSuccess: async () => {
      await navigate({ to: '/orgs/$organization/$tab', params: { organization: team.organization ?? '', tab: 'teams' } })
      await cache.invalidateQueries()
    },
  })
  if (deletion.error) return <ErrorText error={deletion.error} />
  if (!organization.data || !deletion.data) return null
  const { can_manage: mayDelete, admins } = organization.data
  const { running, locked, days_in_trash: days } = deletion.data
  const keeps = locked > 0 ? `${counted(locked, 'run')} ${locked === 1 ? 'is' : 'are'} locked against deletion` : null
  return (
    <section className="card settings-card" aria-label="Delete this team">
      <h2>Delete this team</h2>
      <p>Gone for everybody would be {whole(deletion.data)}. For {counted(days, 'day')} an admin of the organization can restore the team.</p>
      {mayDelete ? <Button kind="danger" disabled={keeps !== null} title={keeps ?? undefined} onClick={() => setAsking(true)}>Delete team</Button> : <p className="quiet">Only an admin of the organization deletes teams{admins.length > 0 ? `: ${admins.join(', ')}` : ''}. <Why action="delete" target={`team/${team.name}`} /></p>}
      {keeps === null ? null : <p className="quiet">{keeps}. Whoever may delete {locked === 1 ? 'it unlocks it' : 'them unlocks them'}.</p>}
      {asking ? (
        <TypedConfirm title={`Delete ${team.name}?`} name={team.name} action="Delete team" error={deleting.error} pending={deleting.isPending} onClose={() => setAsking(false)} onConfirm={() => deleting.mutate()}>
          <p>
            {counted(details.members, 'member')} lose sight of {whole(deletion.data)}.{running > 0 ? ` ${counted(running, 'run')} ${running === 1 ? 'is' : 'are'} being logged now and will be refused.` : ''}
            {' '}The team lies in the trash of its organization for {counted(days, 'day')}.
          </p>
        </TypedConfirm>
      ) : null}
    </section>
  )
}

const whole = ({ projects, runs, reports, artifacts, bytes }: Deletion) =>
  `${counted(projects, 'project')}, ${counted(runs, 'run')}, ${counted(reports, 'report')} and ${counted(artifacts, 'artifact version')}, ${formatSize(bytes)} in all`
