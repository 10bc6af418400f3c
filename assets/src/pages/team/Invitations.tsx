import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { invitationsQuery, resend, withdraw, type Invitation, type Settings, type Team } from '../../api/teams.ts'
import { formatTime, parseTime } from '../../lib/format.ts'
import { roleName } from '../../lib/roles.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { EmptyRows } from '../../ui/EmptyRows.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Select } from '../../ui/Select.tsx'
import { useUrl } from '../../ui/useUrl.ts'
import { Invite } from './Invite.tsx'

const STATES: [string, string][] = [['', 'Open'], ['all', 'All'], ['pending', 'Pending'], ['expired', 'Expired'], ['accepted', 'Accepted'], ['declined', 'Declined'], ['withdrawn', 'Withdrawn']]

/** Asking people in, with a link for each that needs no mail, and who was asked before. */
export function Invitations({ team, settings }: { team: Team; settings: Settings }) {
  const mayLook = team.can_manage || team.role === 'member'
  const mayInvite = team.can_manage || (team.role === 'member' && settings.members_invite)
  return (
    <section className="card section" aria-label="Invitations">
      <h2>Invite</h2>
      <Directory team={team} />
      {team.directory?.locked ? null : mayInvite ? <Invite team={team} /> : <p className="quiet">Only a team admin invites people into this team{team.admins.length > 0 ? `: ask ${team.admins.join(', ')}` : ''}.</p>}
      {mayLook ? <Asked team={team} mayInvite={mayInvite} /> : null}
    </section>
  )
}

/** By which groups of the directory people come into the team, and whom to ask for a place in one. */
function Directory({ team }: { team: Team }) {
  if (!team.directory) return null
  const { groups, contact, locked } = team.directory
  return (
    <p>
      <strong>Managed by LDAP group {groups.join(' and ')}</strong>; ask {contact ?? 'an administrator of this server'}.
      {locked ? null : ' People may be invited besides.'}
    </p>
  )
}

function Asked({ team, mayInvite }: { team: Team; mayInvite: boolean }) {
  const invitations = useQuery(invitationsQuery(team.name))
  const [url, setUrl] = useUrl()
  const wanted = url['state'] ?? ''
  const all = invitations.data ?? []
  const shown = all.filter(({ state }) => wanted === 'all' || (wanted === '' ? state === 'pending' || state === 'expired' : state === wanted))
  return (
    <>
      <div className="table-tools">
        <Select label="Invitations shown" value={wanted} options={STATES} onChange={(event) => setUrl({ state: event.target.value })} />
      </div>
      <ErrorText error={invitations.error} />
      {invitations.isPending ? <Loading what="invitations" rows={2} /> : null}
      {invitations.data && shown.length === 0 ? <EmptyRows text={wanted === '' ? 'No invitation is open.' : 'There is no such invitation.'} /> : null}
      {shown.length > 0 ? (
        <div className="table-scroll" tabIndex={0} role="region" aria-label="People who were asked">
          <table className="table">
            <thead><tr><th>Asked</th><th>Role</th><th>State</th><th>When</th><th>Expires</th><th>By</th><th><span className="visually-hidden">Actions</span></th></tr></thead>
            <tbody>{shown.map((item) => <Row key={item.id} team={team} item={item} mayInvite={mayInvite} />)}</tbody>
          </table>
        </div>
      ) : null}
    </>
  )
}

function Row({ team, item, mayInvite }: { team: Team; item: Invitation; mayInvite: boolean }) {
  const cache = useQueryClient()
  const refresh = () => cache.invalidateQueries({ queryKey: invitationsQuery(team.name).queryKey })
  const again = useMutation({ mutationFn: () => resend(team.name, item.id), onSuccess: refresh })
  const back = useMutation({ mutationFn: () => withdraw(team.name, item.id), onSettled: refresh })
  const whom = item.username ?? item.email ?? item.directory_name ?? ''
  const open = item.state === 'pending' || item.state === 'expired'
  return (
    <tr>
      <td>{whom}</td>
      <td>{roleName(item.role)}</td>
      <td className="table-prose">{item.state}{item.directory_name && item.state === 'pending' ? ' until the first sign-in' : ''}{open && item.mail ? <ByMail mail={item.mail} /> : null}</td>
      <td><Ago time={item.created_at} /></td>
      <td>{open ? formatTime(parseTime(item.expires_at) ?? 0) : '—'}</td>
      <td>{item.invited_by ?? '—'}</td>
      <td className="table-actions">
        {mayInvite && open ? (
          <>
            {item.directory_name ? null : again.data?.link ? <CopyButton text={again.data.link} what={`new link for ${whom}`} /> : <Button aria-label={`Resend to ${whom}`} title={item.mail ? 'Mails a new link; the old one stops working' : 'Makes a new link; the old one stops working'} disabled={again.isPending} onClick={() => again.mutate()}>Resend</Button>}{' '}
            <Button aria-label={`Withdraw the invitation of ${whom}`} disabled={back.isPending} onClick={() => back.mutate()}>Withdraw</Button>
            <ErrorText error={again.error ?? back.error} />
          </>
        ) : null}
      </td>
    </tr>
  )
}

/** Whether the link came to the mail server, and what that said if it did not. */
function ByMail({ mail: { state, next_at: next, attempts } }: { mail: NonNullable<Invitation['mail']> }) {
  const last = attempts.at(-1)
  if (state === 'sent') return <div className="quiet">mailed{last ? <> <Ago time={last.at} /></> : null}</div>
  if (!last) return <div className="quiet">is being mailed</div>
  return <div className="quiet">not mailed{state === 'given up' ? ', hand the link over' : next ? <>, again <Ago time={next} /></> : null}: {last.answer}</div>
}
