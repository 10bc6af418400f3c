import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { sessionQuery, signIn } from '../../api/session.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { CardPage } from './CardPage.tsx'
import { ownAddress, useSignIn } from './useSignIn.ts'

const SetUpNeeded = lazy(() => import('./SetUpNeeded.tsx').then((module) => ({ default: module.SetUpNeeded })))

export function Login() {
  const { next } = useSearch({ from: '/login' })
  const session = useQuery(sessionQuery)
  const signing = useSignIn((form: FormData) => signIn(String(form.get('username')), String(form.get('password'))), ownAddress(next))
  if (session.data?.setup_required) return <Suspense fallback={null}><SetUpNeeded /></Suspense>
  return (
    <CardPage title={`Sign in to ${session.data?.server_name ?? 'Runstead'}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          signing.mutate(new FormData(event.currentTarget))
        }}
      >
        <Field label="Username or e-mail" name="username" autoComplete="username" autoCapitalize="none" spellCheck={false} required autoFocus />
        <Field label="Password" name="password" type="password" autoComplete="current-password" required />
        <ErrorText error={signing.error} />
        <Button kind="primary" type="submit" disabled={signing.isPending}>Sign in</Button>
      </form>
      <p className="quiet">Forgot your password? An administrator of this server can make you a recovery link.</p>
    </CardPage>
  )
}
