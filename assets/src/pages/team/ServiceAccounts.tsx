import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { createServiceAccount, deleteServiceAccount, serviceAccountsQuery, type ServiceAccount, type Team } from '../../api/teams.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { Loading } from '../../ui/Loading.tsx'

/** Accounts of automation: a key, no password, no seat that is counted. */
export function ServiceAccounts({ team }: { team: Team }) {
  const accounts = useQuery(serviceAccountsQuery(team.name))
  return (
    <section className="card team-section" aria-label="Service accounts">
      <h2>Service accounts</h2>
      <p className="quiet">For machines that log by themselves. A run counts for a member of the team when the job sets <code>WANDB_USERNAME</code>.</p>
      {team.can_manage ? <Create team={team} /> : <p className="quiet">Only a team admin makes service accounts.</p>}
      <ErrorText error={accounts.error} />
      {!accounts.data ? <Loading what="service accounts" /> : null}
      {accounts.data && accounts.data.items.length > 0 ? (
        <div className="table-scroll" tabIndex={0} role="region" aria-label={`Service accounts of ${team.name}`}>
          <table className="table">
            <thead><tr><th>Name</th><th>Purpose</th><th>Made</th><th>Last heard of</th><th><span className="visually-hidden">Actions</span></th></tr></thead>
            <tbody>{accounts.data.items.map((account) => <Row key={account.username} team={team} account={account} />)}</tbody>
          </table>
        </div>
      ) : null}
    </section>
  )
}

function Create({ team }: { team: Team }) {
  const cache = useQueryClient()
  const creating = useMutation({
    mutationFn: (form: FormData) => createServiceAccount(team.name, { name: String(form.get('name')), purpose: String(form.get('purpose')) }),
    onSuccess: () => cache.invalidateQueries({ queryKey: serviceAccountsQuery(team.name).queryKey }),
  })
  return (
    <>
      <form
        className="team-form"
        onSubmit={(event) => {
          event.preventDefault()
          creating.mutate(new FormData(event.currentTarget))
        }}
      >
        <Field label="Name" name="name" minLength={2} maxLength={64} autoCapitalize="none" spellCheck={false} required />
        <Field label="Purpose" name="purpose" maxLength={512} />
        <Button kind="primary" type="submit" disabled={creating.isPending}>Create service account</Button>
      </form>
      <ErrorText error={creating.error} />
      {creating.data ? (
        <p role="status">
          The API key of <strong>{creating.data.username}</strong>, shown this once: <code>{creating.data.secret}</code>{' '}
          <CopyButton text={creating.data.secret} what={`key of ${creating.data.username}`} />
        </p>
      ) : null}
    </>
  )
}

function Row({ team, account }: { team: Team; account: ServiceAccount }) {
  const cache = useQueryClient()
  const [asking, setAsking] = useState(false)
  const deleting = useMutation({
    mutationFn: () => deleteServiceAccount(team.name, account.username),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['team', team.name] }),
  })
  return (
    <tr>
      <td>{account.username}</td>
      <td>{account.purpose || '—'}</td>
      <td><Ago time={account.created_at} /></td>
      <td>{account.last_seen_at ? <Ago time={account.last_seen_at} /> : 'never'}</td>
      <td>
        {!team.can_manage ? null : asking ? (
          <>
            <Button onClick={() => setAsking(false)}>Keep</Button>
            <Button kind="danger" disabled={deleting.isPending} onClick={() => deleting.mutate()}>Delete with its keys</Button>
          </>
        ) : <Button aria-label={`Delete ${account.username}`} onClick={() => setAsking(true)}>Delete</Button>}
        <ErrorText error={deleting.error} />
      </td>
    </tr>
  )
}
