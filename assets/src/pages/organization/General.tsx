import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { deleteOrganization, type Organization } from '../../api/organizations.ts'
import { sessionQuery } from '../../api/session.ts'
import { adminsOf, roleName } from '../../lib/roles.ts'
import { Button } from '../../ui/Button.tsx'
import { NameForm } from '../../ui/NameForm.tsx'
import { TypedConfirm } from '../../ui/TypedConfirm.tsx'
import { useOrganizationChange } from './useOrganizationChange.ts'

/** What an organization is called; its end, for administrators of the server. */
export function General({ organization }: { organization: Organization }) {
  const changing = useOrganizationChange(organization)
  const siteAdmin = useQuery(sessionQuery).data?.account?.site_admin ?? false
  return (
    <>
      <section className="card settings-card" aria-label="General">
        <h2>General</h2>
        <dl className="facts">
          <dt>Name in addresses</dt><dd><code>{organization.name}</code>, it never changes</dd>
          <dt>Your role</dt><dd>{roleName(organization.role)}</dd>
          <dt>Admins</dt><dd>{organization.admins.join(', ') || '—'}</dd>
        </dl>
        {organization.can_manage ? (
          <NameForm names={organization} about="What it is" error={changing.error} pending={changing.isPending} saved={changing.isSuccess} onSave={changing.mutate} />
        ) : <p className="quiet">Only {adminsOf(organization.admins)} changes this.</p>}
      </section>
      {siteAdmin ? <Delete organization={organization} /> : null}
    </>
  )
}

function Delete({ organization }: { organization: Organization }) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const [asking, setAsking] = useState(false)
  const deleting = useMutation({
    mutationFn: () => deleteOrganization(organization.name),
    onSuccess: async () => {
      await navigate({ to: '/' })
      await cache.invalidateQueries()
    },
  })
  return (
    <section className="card settings-card" aria-label="Delete this organization">
      <h2>Delete this organization</h2>
      <p>Its teams have to be deleted first, and one organization has to be left. People keep their accounts.</p>
      <Button kind="danger" onClick={() => setAsking(true)}>Delete organization</Button>
      {asking ? (
        <TypedConfirm title={`Delete ${organization.name}?`} name={organization.name} action="Delete organization" error={deleting.error} pending={deleting.isPending} onClose={() => setAsking(false)} onConfirm={() => deleting.mutate()}>
          <p>It cannot be taken back, and its name stays taken.</p>
        </TypedConfirm>
      ) : null}
    </section>
  )
}
