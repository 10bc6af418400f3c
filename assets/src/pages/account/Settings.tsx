import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { sessionQuery } from '../../api/session.ts'
import { acceptInvitation, changeUser, declineInvitation, myInvitationsQuery, myTeamsQuery, userQuery, type Invitation, type User } from '../../api/teams.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Select } from '../../ui/Select.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import '../team/team.css'

/** What a person decides about themselves. */
export function Settings() {
  useTitle('Settings')
  const username = useQuery(sessionQuery).data?.account?.username ?? ''
  const user = useQuery(userQuery(username))
  return (
    <div className="page settings">
      <div className="page-head"><h1>Settings</h1></div>
      <ErrorText error={user.error} />
      {user.data ? (
        <>
          <Waiting />
          <Profile user={user.data} />
          <DefaultLocation user={user.data} />
          <NewPassword user={user.data} />
          <section className="card settings-card">
            <h2>API keys</h2>
            <p><Link to="/authorize">Make and revoke your keys</Link></p>
          </section>
        </>
      ) : <Loading what="your settings" />}
    </div>
  )
}

function useChange(user: User) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (change: Parameters<typeof changeUser>[1]) => changeUser(user.username, change),
    onSuccess: async (changed) => {
      cache.setQueryData(userQuery(user.username).queryKey, changed)
      await cache.invalidateQueries({ queryKey: sessionQuery.queryKey })
    },
  })
}

function Profile({ user }: { user: User }) {
  const changing = useChange(user)
  return (
    <form
      className="card settings-card"
      onSubmit={(event) => {
        event.preventDefault()
        const form = new FormData(event.currentTarget)
        changing.mutate({ name: String(form.get('name')), email: String(form.get('email')) })
      }}
    >
      <h2>Profile</h2>
      <Field label="Name" name="name" defaultValue={user.name} maxLength={128} required />
      <Field label="E-mail" name="email" type="email" defaultValue={user.email ?? ''} />
      <ErrorText error={changing.error} />
      <Button type="submit" disabled={changing.isPending}>{changing.isSuccess ? 'Saved' : 'Save profile'}</Button>
    </form>
  )
}

function DefaultLocation({ user }: { user: User }) {
  const teams = useQuery(myTeamsQuery)
  const changing = useChange(user)
  const places = (teams.data?.items ?? []).filter((team) => team.role !== 'view-only')
  return (
    <section className="card settings-card">
      <h2>Projects</h2>
      <Select
        label="Default location to create new projects in"
        value={user.default_entity ?? ''}
        disabled={changing.isPending || !teams.data}
        options={places.map((team) => [team.name, team.kind === 'user' ? `${team.name} (personal)` : team.name])}
        onChange={(event) => changing.mutate({ default_entity: event.target.value })}
      />
      <p className="quiet">Runs that name no entity go there, from the next <code>wandb.init</code> on.</p>
      <ErrorText error={changing.error ?? teams.error} />
    </section>
  )
}

function NewPassword({ user }: { user: User }) {
  const changing = useChange(user)
  return (
    <form
      className="card settings-card"
      onSubmit={(event) => {
        event.preventDefault()
        const form = new FormData(event.currentTarget)
        changing.mutate({ current_password: String(form.get('current')), password: String(form.get('new')) })
      }}
    >
      <h2>Password</h2>
      <Field label="Current password" name="current" type="password" autoComplete="current-password" required />
      <Field label="New password" name="new" type="password" hint="At least 10 characters. You are signed out everywhere, here too." autoComplete="new-password" minLength={10} required />
      <ErrorText error={changing.error} />
      <Button type="submit" disabled={changing.isPending}>Change password</Button>
    </form>
  )
}

/** Teams that ask the person to join. */
function Waiting() {
  const asked = useQuery(myInvitationsQuery)
  if (!asked.data?.items.length) return null
  return (
    <section className="card settings-card" aria-label="Invitations">
      <h2>Invitations</h2>
      {asked.data.items.map((invitation) => <Answer key={invitation.id} invitation={invitation} />)}
    </section>
  )
}

function Answer({ invitation }: { invitation: Invitation }) {
  const cache = useQueryClient()
  const answering = useMutation({
    mutationFn: (yes: boolean) => (yes ? acceptInvitation(invitation.id) : declineInvitation(invitation.id)),
    onSuccess: () => cache.invalidateQueries(),
  })
  return (
    <div className="settings-row">
      <span><strong>{invitation.team}</strong> as {invitation.role}{invitation.invited_by ? `, asked by ${invitation.invited_by}` : ''}</span>
      <Button kind="primary" disabled={answering.isPending} onClick={() => answering.mutate(true)}>Join {invitation.team}</Button>
      <Button disabled={answering.isPending} onClick={() => answering.mutate(false)}>Decline</Button>
      <ErrorText error={answering.error} />
    </div>
  )
}
