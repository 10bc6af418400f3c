import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { sessionQuery } from '../../api/session.ts'
import { changeUser, type User } from '../../api/users.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { forget } from '../account/useSignIn.ts'

export function NewPassword({ user }: { user: User }) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const changing = useMutation({
    mutationFn: (form: FormData) => changeUser(user.username, { current_password: String(form.get('current')), password: String(form.get('new')) }),
    onSuccess: async () => {
      // The new password ended every session, this one too.
      await navigate({ to: '/login', search: { next: '/settings' } })
      forget(cache)
      await cache.invalidateQueries({ queryKey: sessionQuery.queryKey })
    },
  })
  return (
    <form
      className="card settings-card" aria-label="Password"
      onSubmit={(event) => {
        event.preventDefault()
        changing.mutate(new FormData(event.currentTarget))
      }}
    >
      <h2>Password</h2>
      <Field label="Current password" name="current" type="password" autoComplete="current-password" required />
      <Field label="New password" name="new" type="password" hint="At least 10 characters. You are signed out everywhere, here too; API keys go on working." autoComplete="new-password" minLength={10} required />
      <ErrorText error={changing.error} />
      <Button type="submit" disabled={changing.isPending}>Change password</Button>
    </form>
  )
}
