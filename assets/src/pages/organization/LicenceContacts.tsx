import { useMutation, useQueryClient } from '@tanstack/react-query'
import { dropContact, nameContact, type Licence } from '../../api/licence.ts'
import type { Organization } from '../../api/organizations.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'

/** People who hear of licence matters; the last one stays until another is named. */
export function LicenceContacts({ organization, contacts }: { organization: Organization; contacts: Licence['contacts'] }) {
  const cache = useQueryClient()
  const refresh = () => cache.invalidateQueries({ queryKey: ['licence'] })
  const naming = useMutation({ mutationFn: (username: string) => nameContact(organization.name, username), onSuccess: refresh })
  const dropping = useMutation({ mutationFn: (username: string) => dropContact(organization.name, username), onSuccess: refresh })
  const last = contacts.length === 1
  return (
    <section className="card section" aria-label="Licence contacts">
      <h2>Licence contacts</h2>
      <form
        className="section-form"
        onSubmit={(event) => {
          event.preventDefault()
          naming.mutate(String(new FormData(event.currentTarget).get('username')).trim())
        }}
      >
        <Field label="Username" name="username" hint="Somebody of the organization" autoCapitalize="none" spellCheck={false} required />
        <Button type="submit" disabled={naming.isPending}>Name as licence contact</Button>
      </form>
      <ErrorText error={naming.error ?? dropping.error} />
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Who hears of licence matters">
        <table className="table">
          <thead><tr><th>Name</th><th>E-mail</th><th><span className="visually-hidden">Actions</span></th></tr></thead>
          <tbody>
            {contacts.map(({ username, name, email }) => (
              <tr key={username}>
                <td>{name} <span className="quiet">{username}</span></td>
                <td>{email ?? '—'}</td>
                <td className="table-actions">
                  <Button aria-label={`Remove ${username}`} disabled={last || dropping.isPending} title={last ? 'The last contact stays: name another first' : undefined} onClick={() => dropping.mutate(username)}>Remove</Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
