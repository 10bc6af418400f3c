import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { changeWebhook, createWebhook, deleteWebhook, tryWebhook, webhooksQuery, type Webhook, type WebhookForm } from '../../api/alerts.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { EmptyRows } from '../../ui/EmptyRows.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Select } from '../../ui/Select.tsx'

const FORMATS: [string, string][] = [['json', 'JSON, for programs'], ['slack', 'Slack, Mattermost, Rocket.Chat'], ['discord', 'Discord'], ['teams', 'Microsoft Teams']]

/** Places that alerts of a team, or of a person's own projects, are posted to. */
export function Webhooks({ entity, mayManage }: { entity: string; mayManage: boolean }) {
  const webhooks = useQuery(webhooksQuery(entity))
  const [making, setMaking] = useState(false)
  return (
    <section className="card section" aria-label="Webhooks">
      <h2>Webhooks</h2>
      <p className="quiet">Alerts of projects are posted there, in a chat or to a program. The operator of this server says which hosts they may be on.</p>
      {mayManage ? <div className="table-tools"><Button kind="primary" onClick={() => setMaking(true)}>New webhook</Button></div> : <p className="quiet">Only an admin of the team makes webhooks.</p>}
      {making ? <WebhookDialog entity={entity} title="New webhook" onClose={() => setMaking(false)} /> : null}
      <ErrorText error={webhooks.error} />
      {webhooks.isPending ? <Loading what="webhooks" rows={2} /> : null}
      {webhooks.data?.length === 0 ? <EmptyRows text="There is no webhook yet." /> : null}
      {webhooks.data && webhooks.data.length > 0 ? (
        <div className="table-scroll" tabIndex={0} role="region" aria-label={`Webhooks of ${entity}`}>
          <table className="table">
            <thead><tr><th>Name</th><th>Address</th><th>Format</th><th>Signed</th><th><span className="visually-hidden">Actions</span></th></tr></thead>
            <tbody>{webhooks.data.map((webhook) => <Row key={webhook.id} entity={entity} webhook={webhook} />)}</tbody>
          </table>
        </div>
      ) : null}
    </section>
  )
}

function Row({ entity, webhook }: { entity: string; webhook: Webhook }) {
  const cache = useQueryClient()
  const [open, setOpen] = useState<'edit' | 'delete' | null>(null)
  const close = () => setOpen(null)
  const trying = useMutation({ mutationFn: () => tryWebhook(entity, webhook.id) })
  const deleting = useMutation({
    mutationFn: () => deleteWebhook(entity, webhook.id),
    onSuccess: async () => {
      close()
      await cache.invalidateQueries({ queryKey: ['webhooks'] })
      await cache.invalidateQueries({ queryKey: ['alerts'] })
    },
  })
  return (
    <tr>
      <td>{webhook.name}{webhook.problem ? <div role="note" className="quiet">{webhook.problem}</div> : null}</td>
      <td className="table-prose">{webhook.url ? <code>{webhook.url}</code> : <span className="quiet">seen by admins</span>}</td>
      <td>{FORMATS.find(([format]) => format === webhook.format)?.[1] ?? webhook.format}</td>
      <td>{webhook.has_secret ? 'yes' : 'no'}{webhook.has_token ? ', with a token' : ''}</td>
      <td className="table-actions">
        {webhook.can_manage ? (
          <>
            <Button aria-label={`Edit ${webhook.name}`} onClick={() => setOpen('edit')}>Edit</Button>{' '}
            <Button aria-label={`Send a test to ${webhook.name}`} disabled={trying.isPending} onClick={() => trying.mutate()}>Test</Button>{' '}
            <Button kind="danger" aria-label={`Delete ${webhook.name}`} onClick={() => setOpen('delete')}>Delete</Button>
          </>
        ) : null}
        <ErrorText error={trying.error} />
        {trying.data ? <p role="status" className="quiet">{trying.data.succeeded ? 'It answered' : 'It failed'}: {trying.data.answer}</p> : null}
        {open === 'edit' ? <WebhookDialog entity={entity} title={`Edit ${webhook.name}`} webhook={webhook} onClose={close} /> : null}
        {open === 'delete' ? (
          <Dialog title={`Delete ${webhook.name}?`} onClose={close}>
            <p>Alerts that use it go on, and tell nobody there.</p>
            <ErrorText error={deleting.error} />
            <div className="dialog-actions">
              <Button autoFocus onClick={close}>Keep it</Button>
              <Button kind="danger" disabled={deleting.isPending} onClick={() => deleting.mutate()}>Delete</Button>
            </div>
          </Dialog>
        ) : null}
      </td>
    </tr>
  )
}

/** Asks where a webhook is. Its secrets are never shown again: what is left empty stays. */
function WebhookDialog({ entity, title, webhook, onClose }: { entity: string; title: string; webhook?: Webhook; onClose: () => void }) {
  const cache = useQueryClient()
  const saving = useMutation({
    mutationFn: (form: WebhookForm) => (webhook ? changeWebhook(entity, webhook.id, form) : createWebhook(entity, form)),
    onSuccess: async () => {
      onClose()
      await cache.invalidateQueries({ queryKey: ['webhooks'] })
      await cache.invalidateQueries({ queryKey: ['alerts'] })
    },
  })
  const kept = (has: boolean | undefined) => (has ? 'One is set; leave it empty to keep it' : 'May be empty')
  return (
    <Dialog title={title} wide onClose={onClose}>
      <form
        className="settings-form"
        onSubmit={(event) => {
          event.preventDefault()
          const form = new FormData(event.currentTarget)
          const text = (name: string) => String(form.get(name) ?? '').trim()
          const secrets = Object.fromEntries(['secret', 'token'].map((name) => [name, text(name)]).filter(([, value]) => value !== ''))
          saving.mutate({ name: text('name'), url: text('url'), format: text('format'), ...secrets })
        }}
      >
        <Field label="Name" name="name" defaultValue={webhook?.name ?? ''} maxLength={128} required autoFocus />
        <Field label="Address" name="url" type="url" defaultValue={webhook?.url ?? ''} placeholder="https://hooks.example.org/…" required />
        <Select label="Format" name="format" options={FORMATS} defaultValue={webhook?.format ?? 'json'} />
        <Field label="Secret that signs what is posted" name="secret" type="password" autoComplete="new-password" hint={kept(webhook?.has_secret)} />
        <Field label="Bearer token" name="token" type="password" autoComplete="new-password" hint={kept(webhook?.has_token)} />
        <ErrorText error={saving.error} />
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={saving.isPending}>Save</Button>
        </div>
      </form>
    </Dialog>
  )
}
