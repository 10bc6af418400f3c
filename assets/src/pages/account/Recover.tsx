import { useSearch } from '@tanstack/react-router'
import { recover } from '../../api/session.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { CardPage } from './CardPage.tsx'
import { useSignIn } from './useSignIn.ts'

/** A new password, with the link that an administrator made. */
export function Recover() {
  const { token } = useSearch({ from: '/recover' })
  const recovering = useSignIn((form: FormData) => recover(token ?? '', String(form.get('password'))), '/')
  if (!token) {
    return (
      <CardPage title="This link is not complete">
        <p>A recovery link ends with a long token. Open the whole link, or ask your administrator for a new one.</p>
      </CardPage>
    )
  }
  return (
    <CardPage title="Choose a new password">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          recovering.mutate(new FormData(event.currentTarget))
        }}
      >
        <Field label="New password" name="password" type="password" hint="At least 10 characters" autoComplete="new-password" minLength={10} required autoFocus />
        <ErrorText error={recovering.error} />
        <Button kind="primary" type="submit" disabled={recovering.isPending}>Set password</Button>
      </form>
    </CardPage>
  )
}
