import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { invitationsQuery, invite, resend, withdraw, type Asked, type Invitation, type Settings, type Team } from '../../api/teams.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { Select } from '../../ui/Select.tsx'
import { ROLES } from './Members.tsx'

/** Asking people in, with a link for each that needs no mail, and who was asked before. */
export function Invitations({ team, settings }: { team: Team; settings: Settings }) {
  const mayLook = team.can_manage || team.role === 'member'
  const mayInvite = team.can_manage || (team.role === 'member' && settings.members_invite)
  const invitations = useQuery({ ...invitationsQuery(team.name), enabled: mayLook })
  const open = (invitations.data?.items ?? []).filter(({ state }) => state === 'pending' || state === 'expired')
  return (
    <section className="card team-section" aria-label="Invitations">
      <h2>Invite</h2>
      {mayInvite ? <Ask team={team} /> : <p className="quiet">Only a team admin invites people into this team.</p>}
      <ErrorText error={invitations.error} />
      {open.length > 0 ? (
        <div className="table-scroll" tabIndex={0} role="region" aria-label="People who were asked">
          <table className="table">
            <thead><tr><th>Asked</th><th>Role</th><th>State</th><th>When</th><th>By</th><th><span className="visually-hidden">Actions</span></th></tr></thead>
            <tbody>{open.map((item) => <Row key={item.id} team={team} item={item} mayInvite={mayInvite} />)}</tbody>
          </table>
        </div>
      ) : null}
    </section>
  )
}

function Ask({ team }: { team: Team }) {
  const cache = useQueryClient()
  const [role, setRole] = useState('member')
  const asking = useMutation({
    mutationFn: (people: string[]) => invite(team.name, people, role),
    onSuccess: () => cache.invalidateQueries({ queryKey: invitationsQuery(team.name).queryKey }),
  })
  return (
    <>
      <form
        className="team-form"
        onSubmit={(event) => {
          event.preventDefault()
          const people = String(new FormData(event.currentTarget).get('people')).split(/[\s,;]+/).filter(Boolean)
          if (people.length > 0) asking.mutate(people)
        }}
      >
        <Field label="User names or e-mail addresses" name="people" placeholder="ada, grace@example.org" autoCapitalize="none" spellCheck={false} required />
        <Select label="Role" value={role} options={team.can_manage ? ROLES : ROLES.slice(1)} onChange={(event) => setRole(event.target.value)} />
        <Button kind="primary" type="submit" disabled={asking.isPending}>Invite</Button>
      </form>
      <ErrorText error={asking.error} />
      {asking.data ? <Results asked={asking.data.items} /> : null}
    </>
  )
}

function Results({ asked }: { asked: Asked[] }) {
  return (
    <ul role="status" className="team-section">
      {asked.map(({ person, invitation, message }) => (
        <li key={person} className="settings-row">
          <span><strong>{person}</strong> {invitation ? 'was asked. Hand over this link; it is shown once:' : message}</span>
          {invitation?.link ? <CopyButton text={invitation.link} what={`link for ${person}`} /> : null}
        </li>
      ))}
    </ul>
  )
}

function Row({ team, item, mayInvite }: { team: Team; item: Invitation; mayInvite: boolean }) {
  const cache = useQueryClient()
  const refresh = () => cache.invalidateQueries({ queryKey: invitationsQuery(team.name).queryKey })
  const again = useMutation({ mutationFn: () => resend(team.name, item.id), onSuccess: refresh })
  const back = useMutation({ mutationFn: () => withdraw(team.name, item.id), onSettled: refresh })
  const whom = item.username ?? item.email ?? ''
  return (
    <tr>
      <td>{whom}</td>
      <td>{item.role}</td>
      <td>{item.state}</td>
      <td><Ago time={item.created_at} /></td>
      <td>{item.invited_by ?? '—'}</td>
      <td>
        {mayInvite ? (
          <>
            {again.data?.link ? <CopyButton text={again.data.link} what={`new link for ${whom}`} /> : <Button aria-label={`New link for ${whom}`} disabled={again.isPending} onClick={() => again.mutate()}>New link</Button>}
            <Button aria-label={`Withdraw the invitation of ${whom}`} disabled={back.isPending} onClick={() => back.mutate()}>Withdraw</Button>
            <ErrorText error={again.error ?? back.error} />
          </>
        ) : null}
      </td>
    </tr>
  )
}
