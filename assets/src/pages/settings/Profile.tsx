import type { User } from '../../api/users.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { useUserChange } from './useUserChange.ts'

export function Profile({ user }: { user: User }) {
  const changing = useUserChange(user)
  return (
    <form
      className="card settings-card" aria-label="Profile"
      onSubmit={(event) => {
        event.preventDefault()
        const form = new FormData(event.currentTarget)
        changing.mutate({ name: String(form.get('name')), email: String(form.get('email')) })
      }}
    >
      <h2>Profile</h2>
      <p className="quiet">Your username is <code>{user.username}</code>; it is part of addresses and never changes.</p>
      <Field label="Name" name="name" defaultValue={user.name} maxLength={128} required />
      <Field label="E-mail" name="email" type="email" defaultValue={user.email ?? ''} />
      <ErrorText error={changing.error} />
      <Button type="submit" disabled={changing.isPending}>{changing.isSuccess ? 'Saved' : 'Save profile'}</Button>
    </form>
  )
}
