import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { sessionQuery } from '../../api/session.ts'
import { membersQuery, removeMember, setRole, type Member, type Team } from '../../api/teams.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Select } from '../../ui/Select.tsx'

export const ROLES: [string, string][] = [['admin', 'Admin'], ['member', 'Member'], ['view-only', 'View-Only']]
const NAMES = new Map([...ROLES, ['service', 'Service']])

/** Everybody with a seat; admins change roles and remove, everybody may leave. */
export function Members({ team }: { team: Team }) {
  const members = useQuery(membersQuery(team.name))
  const account = useQuery(sessionQuery).data?.account
  if (!members.data) return <><Loading what="members" /><ErrorText error={members.error} /></>
  return (
    <section className="card team-section" aria-label="Members">
      <div className="table-scroll" tabIndex={0} role="region" aria-label={`Members of ${team.name}`}>
        <table className="table">
          <thead><tr><th>Name</th><th>E-mail</th><th>Role</th><th>Joined</th><th><span className="visually-hidden">Actions</span></th></tr></thead>
          <tbody>
            {members.data.items.map((member) => <Row key={member.username} team={team} member={member} self={member.username === account?.username} />)}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function Row({ team, member, self }: { team: Team; member: Member; self: boolean }) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const [asking, setAsking] = useState(false)
  const changing = useMutation({ mutationFn: (role: string) => setRole(team.name, member.username, role), onSettled: () => cache.invalidateQueries({ queryKey: ['team', team.name] }) })
  const removing = useMutation({
    mutationFn: () => removeMember(team.name, member.username),
    onSuccess: async () => {
      setAsking(false)
      if (self) await navigate({ to: '/' })
      await cache.invalidateQueries()
    },
  })
  const person = member.account_kind === 'user'
  return (
    <tr>
      <td>{member.name} <span className="quiet">{member.username}</span></td>
      <td>{member.email ?? '—'}</td>
      <td>
        {team.can_manage && person ? (
          <Select label={`Role of ${member.username}`} hidden options={ROLES} value={member.role} disabled={changing.isPending} onChange={(event) => changing.mutate(event.target.value)} />
        ) : NAMES.get(member.role) ?? member.role}
        <ErrorText error={changing.error} />
      </td>
      <td><Ago time={member.joined_at} /></td>
      <td>
        {person && (team.can_manage || self) ? <Button aria-label={self ? `Leave ${team.name}` : `Remove ${member.username}`} onClick={() => setAsking(true)}>{self ? 'Leave' : 'Remove'}</Button> : null}
        {asking ? (
          <Dialog title={self ? `Leave ${team.name}?` : `Remove ${member.username} from ${team.name}?`} onClose={() => setAsking(false)}>
            <p>Runs, files and artifacts stay in the team. New runs are refused; those that are being logged now are taken to their end.</p>
            <ErrorText error={removing.error} />
            <div className="dialog-actions">
              <Button autoFocus onClick={() => setAsking(false)}>Stay as it is</Button>
              <Button kind="danger" disabled={removing.isPending} onClick={() => removing.mutate()}>{self ? 'Leave team' : 'Remove member'}</Button>
            </div>
          </Dialog>
        ) : null}
      </td>
    </tr>
  )
}
