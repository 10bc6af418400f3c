import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { setOrganizationRole, type Organization } from '../../api/organizations.ts'
import { sessionQuery } from '../../api/session.ts'
import { createUser } from '../../api/users.ts'
import { Button } from '../../ui/Button.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'

/** Takes people who have an account into the organization; administrators of the server make accounts too. */
export function AddPerson({ organization }: { organization: Organization }) {
  const cache = useQueryClient()
  const siteAdmin = useQuery(sessionQuery).data?.account?.site_admin ?? false
  const [making, setMaking] = useState(false)
  const adding = useMutation({
    mutationFn: (username: string) => setOrganizationRole(organization.name, username, 'member'),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['organization'] }),
  })
  return (
    <>
      <form
        className="section-form"
        onSubmit={(event) => {
          event.preventDefault()
          adding.mutate(String(new FormData(event.currentTarget).get('username')).trim())
        }}
      >
        <Field label="Username of who is to belong to it" name="username" hint="They need an account, and get no seat in a team by this." autoCapitalize="none" spellCheck={false} required />
        <Button type="submit" disabled={adding.isPending}>Add as Member</Button>
        {siteAdmin ? <Button kind="primary" onClick={() => setMaking(true)}>Create account</Button> : null}
      </form>
      <ErrorText error={adding.error} />
      {adding.data ? <p role="status">{adding.data.username} belongs to the organization.</p> : null}
      {making ? <CreateAccount organization={organization} onClose={() => setMaking(false)} /> : null}
    </>
  )
}

function CreateAccount({ organization, onClose }: { organization: Organization; onClose: () => void }) {
  const cache = useQueryClient()
  const creating = useMutation({
    mutationFn: async (form: FormData) => {
      const text = (name: string) => String(form.get(name) ?? '').trim()
      const made = await createUser({ username: text('username'), ...(text('name') ? { name: text('name') } : {}), ...(text('email') ? { email: text('email') } : {}) })
      await setOrganizationRole(organization.name, made.username, 'member')
      return made
    },
    onSettled: () => cache.invalidateQueries({ queryKey: ['organization'] }),
  })
  return (
    <Dialog title="Create an account" onClose={onClose}>
      {creating.data ? (
        <>
          <p>{creating.data.username} sets a password with this link. It works once, for 15 minutes, and is shown this once.</p>
          {creating.data.link ? <CopyButton text={creating.data.link} what={`link for ${creating.data.username}`} /> : null}
          <div className="dialog-actions"><Button kind="primary" onClick={onClose}>Done</Button></div>
        </>
      ) : (
        <form
          className="settings-form"
          onSubmit={(event) => {
            event.preventDefault()
            creating.mutate(new FormData(event.currentTarget))
          }}
        >
          <Field label="Username" name="username" minLength={2} maxLength={64} hint="Part of addresses; never changes" autoCapitalize="none" spellCheck={false} required autoFocus />
          <Field label="Name" name="name" maxLength={128} />
          <Field label="E-mail" name="email" type="email" />
          <ErrorText error={creating.error} />
          <div className="dialog-actions">
            <Button onClick={onClose}>Cancel</Button>
            <Button kind="primary" type="submit" disabled={creating.isPending}>Create account</Button>
          </div>
        </form>
      )}
    </Dialog>
  )
}
