import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { acceptLink, behindLink, sessionQuery, signUpInvited } from '../../api/session.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { CardPage } from './CardPage.tsx'
import { useSignIn } from './useSignIn.ts'

const ROLES: Record<string, string> = { admin: 'an admin', member: 'a member', 'view-only': 'a view-only member' }

/** Where the link of an invitation leads: accept it as who is signed in, or make an account with it. */
export function Invitation() {
  const { token = '' } = useSearch({ from: '/invitation' })
  const asked = useQuery({ queryKey: ['invitation', token], queryFn: () => behindLink(token), retry: false })
  const session = useQuery(sessionQuery)
  if (asked.error) {
    return (
      <CardPage title="This invitation cannot be used">
        <ErrorText error={asked.error} />
        <Link to="/" className="button">Go to Runstead</Link>
      </CardPage>
    )
  }
  if (!asked.data || !session.data) return null
  const { team, role, username, invited_by: inviter } = asked.data
  return (
    <CardPage title={`Join ${team}`}>
      <p>{inviter ?? 'An admin'} asks you to become {ROLES[role] ?? role} of the team <strong>{team}</strong>.</p>
      {session.data.account ? <Accept token={token} team={team} username={session.data.account.username} /> : null}
      {!session.data.account && username ? (
        <Link to="/login" search={{ next: `/invitation?token=${encodeURIComponent(token)}` }} className="button button-primary">Sign in as {username}</Link>
      ) : null}
      {!session.data.account && !username ? <NewPerson token={token} team={team} /> : null}
    </CardPage>
  )
}

function Accept({ token, team, username }: { token: string; team: string; username: string }) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const accepting = useMutation({
    mutationFn: () => acceptLink(token),
    onSuccess: async () => {
      // The link is spent: nobody may look behind it any more, this page neither.
      await navigate({ to: '/$entity', params: { entity: team } })
      await cache.invalidateQueries()
    },
  })
  return (
    <>
      <ErrorText error={accepting.error} />
      <Button kind="primary" disabled={accepting.isPending} onClick={() => accepting.mutate()}>Join as {username}</Button>
    </>
  )
}

function NewPerson({ token, team }: { token: string; team: string }) {
  const joining = useSignIn((form: FormData) => signUpInvited({ token, username: String(form.get('username')), password: String(form.get('password')) }), `/${team}`)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        joining.mutate(new FormData(event.currentTarget))
      }}
    >
      <Field label="Username" name="username" hint="Part of the address of your own projects" autoComplete="username" autoCapitalize="none" spellCheck={false} required autoFocus />
      <Field label="Password" name="password" type="password" hint="At least 10 characters" autoComplete="new-password" minLength={10} required />
      <ErrorText error={joining.error} />
      <Button kind="primary" type="submit" disabled={joining.isPending}>Create account and join</Button>
      <p className="quiet">You have an account already? <Link to="/login" search={{ next: `/invitation?token=${encodeURIComponent(token)}` }}>Sign in</Link></p>
    </form>
  )
}
