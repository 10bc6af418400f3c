import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { organizationQuery } from '../../api/organizations.ts'
import { deleteTeam, type Team } from '../../api/teams.ts'
import { counted } from '../../lib/format.ts'
import { Button } from '../../ui/Button.tsx'
import { TypedConfirm } from '../../ui/TypedConfirm.tsx'
import type { Details } from './TeamSettings.tsx'

/** The end of a team; for admins of its organization, who can also take it back. */
export function DeleteTeam({ team, details }: { team: Team; details: Details }) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const organization = useQuery({ ...organizationQuery(team.organization ?? ''), enabled: team.organization !== null && team.can_manage })
  const [asking, setAsking] = useState(false)
  const deleting = useMutation({
    mutationFn: () => deleteTeam(team.name),
    onSuccess: async () => {
      await navigate({ to: '/orgs/$organization/$tab', params: { organization: team.organization ?? '', tab: 'teams' } })
      await cache.invalidateQueries()
    },
  })
  if (!organization.data) return null
  const { can_manage: mayDelete, admins } = organization.data
  return (
    <section className="card settings-card" aria-label="Delete this team">
      <h2>Delete this team</h2>
      <p>Its {counted(details.projects, 'project')} with {counted(details.runs, 'run')} are gone for everybody until an admin of the organization restores the team.</p>
      {mayDelete ? <Button kind="danger" onClick={() => setAsking(true)}>Delete team</Button> : <p className="quiet">Only an admin of the organization deletes teams{admins.length > 0 ? `: ${admins.join(', ')}` : ''}.</p>}
      {asking ? (
        <TypedConfirm title={`Delete ${team.name}?`} name={team.name} action="Delete team" error={deleting.error} pending={deleting.isPending} onClose={() => setAsking(false)} onConfirm={() => deleting.mutate()}>
          <p>{counted(details.members, 'member')} lose sight of {counted(details.projects, 'project')} and {counted(details.runs, 'run')}. Nothing is erased: the team lies in the trash of its organization.</p>
        </TypedConfirm>
      ) : null}
    </section>
  )
}
