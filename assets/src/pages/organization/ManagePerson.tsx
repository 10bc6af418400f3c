import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { removeFromOrganization, type Organization, type Person } from '../../api/organizations.ts'
import { sessionQuery } from '../../api/session.ts'
import { deactivateUser, deleteUser, reactivateUser, userStakeQuery, type UserStake } from '../../api/users.ts'
import { counted, countedAll } from '../../lib/format.ts'
import { roleName } from '../../lib/roles.ts'
import { Button } from '../../ui/Button.tsx'
import { Check } from '../../ui/Check.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { TypedConfirm } from '../../ui/TypedConfirm.tsx'

/** What can be done about somebody's belonging, and, by administrators of the server, about their account. */
export function ManagePerson({ organization, person, onClose }: { organization: Organization; person: Person; onClose: () => void }) {
  const cache = useQueryClient()
  const account = useQuery(sessionQuery).data?.account
  const [deleting, setDeleting] = useState(false)
  const done = async () => {
    onClose()
    await cache.invalidateQueries({ queryKey: ['organization'] })
  }
  const stake = useQuery({ ...userStakeQuery(person.username), enabled: account?.site_admin ?? false })
  const removing = useMutation({ mutationFn: () => removeFromOrganization(organization.name, person.username), onSuccess: done })
  const switching = useMutation({ mutationFn: () => (person.active ? deactivateUser(person.username) : reactivateUser(person.username)), onSuccess: done })
  if (deleting) return <DeletePerson person={person} onClose={onClose} onDone={done} />
  const siteAdmin = account?.site_admin ?? false
  const self = account?.username === person.username
  const hindrance = stake.data?.hindrance
  return (
    <Dialog title={`Manage ${person.username}`} wide onClose={onClose}>
      <p>{person.teams.length === 0 ? 'Is in no team of the organization.' : `Is in ${counted(person.teams.length, 'team')}: ${person.teams.map(({ team, role }) => `${team} (${roleName(role)})`).join(', ')}.`}</p>
      <dl className="stakes">
        <dt>Remove from the organization</dt>
        <dd>
          Takes the seat in each of its teams. The account, its personal space and what was logged stay.{' '}
          <Button aria-label={`Remove ${person.username} from ${organization.name}`} disabled={removing.isPending} onClick={() => removing.mutate()}>Remove</Button>
        </dd>
        <dt>{person.active ? 'Deactivate the account' : 'Reactivate the account'}</dt>
        <dd>
          {person.active ? 'Ends all sessions and refuses all API keys, at once. Everything that was logged stays, no seat is counted, and it can be taken back.' : 'Lets the person in again, with the keys and seats that they had.'}{' '}
          {person.active && stake.data ? <Held stake={stake.data} /> : null}
          <Button disabled={!siteAdmin || switching.isPending || (person.active && Boolean(hindrance))} title={siteAdmin ? hindrance ?? undefined : ONLY_SITE_ADMINS} onClick={() => switching.mutate()}>{person.active ? 'Deactivate' : 'Reactivate'}</Button>
        </dd>
        <dt>Delete the account for good</dt>
        <dd>
          Erases password, address, keys and seats. What was logged stays, with the name or without.{' '}
          <Button kind="danger" disabled={!siteAdmin || self} title={self ? 'Another administrator deletes your account' : siteAdmin ? undefined : ONLY_SITE_ADMINS} onClick={() => setDeleting(true)}>Delete…</Button>
        </dd>
      </dl>
      {siteAdmin ? null : <p className="quiet">{ONLY_SITE_ADMINS}.</p>}
      {hindrance ? <p className="quiet">Not now: {hindrance}.</p> : null}
      <ErrorText error={removing.error ?? switching.error} />
      <div className="dialog-actions"><Button autoFocus onClick={onClose}>Close</Button></div>
    </Dialog>
  )
}

/** What stays, and what ends or waits for somebody without the account. */
function Held({ stake }: { stake: UserStake }) {
  const { runs, running_runs: running, projects, reports, alerts, keys, sessions } = stake
  return (
    <span>
      {countedAll([runs, 'run'], [projects, 'project'], [reports, 'report'], [alerts, 'alert'])} stay; all but the runs wait for another owner, and alerts watch on.{' '}
      {counted(keys, 'API key')} and {counted(sessions, 'session')} end{running > 0 ? `, and with them ${counted(running, 'run')} being logged now` : ''}.{' '}
    </span>
  )
}

const ONLY_SITE_ADMINS = 'Only an administrator of the server deactivates and deletes accounts'

function DeletePerson({ person, onClose, onDone }: { person: Person; onClose: () => void; onDone: () => Promise<void> }) {
  const [anonymize, setAnonymize] = useState(false)
  const deleting = useMutation({ mutationFn: () => deleteUser(person.username, anonymize), onSuccess: onDone })
  return (
    <TypedConfirm title={`Delete ${person.username} for good?`} name={person.username} action="Delete account" error={deleting.error} pending={deleting.isPending} onClose={onClose} onConfirm={() => deleting.mutate()}>
      <dl className="stakes">
        <dt>Stays</dt><dd>Runs, files, artifacts and reports, in the teams and in the personal space.</dd>
        <dt>Goes</dt><dd>Password, e-mail address, API keys, sessions and every seat. Nobody can bring them back.</dd>
      </dl>
      <Check label="Replace the name everywhere, in the audit log too" about="For who asks to be forgotten; the username is free again." checked={anonymize} onChange={(event) => setAnonymize(event.target.checked)} />
    </TypedConfirm>
  )
}
