import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { sessionQuery, setUp } from '../../api/session.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { CardPage } from './CardPage.tsx'
import { SetUpNeeded } from './SetUpNeeded.tsx'
import { useSignIn } from './useSignIn.ts'

/** Set-up of the first administrator, with the link that the server made when it first started. */
export function SignUp() {
  const { token } = useSearch({ from: '/signup' })
  const session = useQuery(sessionQuery)
  if (session.data && !session.data.setup_required) return <AlreadySetUp />
  return token ? <SetUpForm token={token} /> : <SetUpNeeded />
}

function SetUpForm({ token }: { token: string }) {
  const creating = useSignIn(
    (form: FormData) => setUp({ token, username: String(form.get('username')), email: String(form.get('email')), password: String(form.get('password')) }),
    '/authorize',
  )
  return (
    <CardPage title="Set up this server">
      <p>You become its first administrator. Your runs are kept under your username.</p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          creating.mutate(new FormData(event.currentTarget))
        }}
      >
        <Field label="Username" name="username" hint="Part of the address of your projects" autoComplete="username" autoCapitalize="none" spellCheck={false} required autoFocus />
        <Field label="E-mail" name="email" type="email" autoComplete="email" required />
        <Field label="Password" name="password" type="password" hint="At least 10 characters" autoComplete="new-password" minLength={10} required />
        <ErrorText error={creating.error} />
        <Button kind="primary" type="submit" disabled={creating.isPending}>Create administrator</Button>
      </form>
    </CardPage>
  )
}

function AlreadySetUp() {
  return (
    <CardPage title="This server is set up">
      <p>The set-up link was used. New accounts are made by an administrator.</p>
      <Link to="/login" className="button">Sign in</Link>
    </CardPage>
  )
}
