import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { createServiceAccount, deleteServiceAccount, serviceAccountsQuery, type Home, type ServiceAccount } from '../../api/serviceAccounts.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { EmptyRows } from '../../ui/EmptyRows.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Secret } from '../../ui/Secret.tsx'
import { Keys } from '../keys/Keys.tsx'

type Props = { home: Home; mayManage: boolean; /** Who manages them, for those who may not. */ who: string; /** What else a new one needs to be told. */ extra?: ReactNode }

/** Accounts of automation: keys, no password, no seat that is counted. */
export function ServiceAccounts({ home, mayManage, who, extra }: Props) {
  const accounts = useQuery(serviceAccountsQuery(home))
  return (
    <section className="card section" aria-label="Service accounts">
      <h2>Service accounts</h2>
      <p className="quiet">For machines that log by themselves; no seat is counted. A run counts for a member of the team when the job sets <code>WANDB_USERNAME</code>.</p>
      {mayManage ? <Create home={home} extra={extra} /> : <p className="quiet">Only {who} makes service accounts.</p>}
      <ErrorText error={accounts.error} />
      {accounts.isPending ? <Loading what="service accounts" /> : null}
      {accounts.data?.length === 0 ? <EmptyRows text="There is no service account yet." /> : null}
      {accounts.data && accounts.data.length > 0 ? (
        <div className="table-scroll" tabIndex={0} role="region" aria-label={`Service accounts of ${home.name}`}>
          <table className="table">
            <thead><tr><th>Name</th><th>Role</th><th>Purpose</th><th>Made</th><th>Last heard of</th><th><span className="visually-hidden">Actions</span></th></tr></thead>
            <tbody>{accounts.data.map((account) => <Row key={account.username} home={home} account={account} mayManage={mayManage} />)}</tbody>
          </table>
        </div>
      ) : null}
    </section>
  )
}

function Create({ home, extra }: { home: Home; extra: ReactNode }) {
  const cache = useQueryClient()
  const creating = useMutation({
    mutationFn: (form: FormData) => {
      const team = form.get('default_team')
      return createServiceAccount(home, { name: String(form.get('name')), purpose: String(form.get('purpose')), ...(team ? { default_team: String(team) } : {}) })
    },
    onSuccess: () => cache.invalidateQueries({ queryKey: serviceAccountsQuery(home).queryKey }),
  })
  return (
    <>
      <form
        className="section-form"
        onSubmit={(event) => {
          event.preventDefault()
          creating.mutate(new FormData(event.currentTarget))
        }}
      >
        <Field label="Name" name="name" minLength={2} maxLength={64} autoCapitalize="none" spellCheck={false} required />
        <Field label="Purpose" name="purpose" maxLength={512} />
        {extra}
        <Button kind="primary" type="submit" disabled={creating.isPending}>Create service account</Button>
      </form>
      <ErrorText error={creating.error} />
      {creating.data ? (
        <div className="section-form">
          <Secret secret={creating.data.secret} what={`key of ${creating.data.username}`}>{`The API key of ${creating.data.username} is shown this once.`}</Secret>
        </div>
      ) : null}
    </>
  )
}

function Row({ home, account, mayManage }: { home: Home; account: ServiceAccount; mayManage: boolean }) {
  const cache = useQueryClient()
  const [open, setOpen] = useState<'keys' | 'delete' | null>(null)
  const close = () => setOpen(null)
  const deleting = useMutation({
    mutationFn: () => deleteServiceAccount(home, account.username),
    onSuccess: async () => {
      close()
      await cache.invalidateQueries({ queryKey: serviceAccountsQuery(home).queryKey })
    },
  })
  return (
    <tr>
      <td>{account.username}</td>
      <td>Service</td>
      <td>{account.purpose || '—'}</td>
      <td><Ago time={account.created_at} /></td>
      <td>{account.last_seen_at ? <Ago time={account.last_seen_at} /> : 'never'}</td>
      <td className="table-actions">
        {mayManage ? (
          <>
            <Button aria-label={`Keys of ${account.username}`} onClick={() => setOpen('keys')}>Keys</Button>{' '}
            <Button kind="danger" aria-label={`Delete ${account.username}`} onClick={() => setOpen('delete')}>Delete</Button>
          </>
        ) : null}
        {open === 'keys' ? (
          <Dialog title={`Keys of ${account.username}`} wide onClose={close}>
            <Keys username={account.username} />
            <div className="dialog-actions"><Button onClick={close}>Close</Button></div>
          </Dialog>
        ) : null}
        {open === 'delete' ? (
          <Dialog title={`Delete ${account.username}?`} onClose={close}>
            <p>Its keys stop working with the next request. The runs that it logged stay.</p>
            <ErrorText error={deleting.error} />
            <div className="dialog-actions">
              <Button autoFocus onClick={close}>Keep it</Button>
              <Button kind="danger" disabled={deleting.isPending} onClick={() => deleting.mutate()}>Delete with its keys</Button>
            </div>
          </Dialog>
        ) : null}
      </td>
    </tr>
  )
}
