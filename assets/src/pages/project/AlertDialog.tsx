import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { changeAlert, createAlert, webhooksQuery, type Alert, type AlertForm } from '../../api/alerts.ts'
import type { ProjectAddress } from '../../api/projectSettings.ts'
import { conditionOf, KINDS, namesIn, type Kind } from '../../lib/alerts.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { Select } from '../../ui/Select.tsx'
import { ConditionFields } from './ConditionFields.tsx'

/** Asks what an alert waits for and whom it tells. */
export function AlertDialog({ address, title, alert, onClose }: { address: ProjectAddress; title: string; alert?: Alert; onClose: () => void }) {
  const cache = useQueryClient()
  const webhooks = useQuery(webhooksQuery(address.entity)).data ?? []
  const [kind, setKind] = useState<Kind>(alert?.condition.kind ?? 'baseline')
  const saving = useMutation({
    mutationFn: (form: AlertForm) => (alert ? changeAlert(address, alert.id, form) : createAlert(address, form)),
    onSuccess: async () => {
      onClose()
      await cache.invalidateQueries({ queryKey: ['alerts'] })
      await cache.invalidateQueries({ queryKey: ['firings'] })
    },
  })
  const chosen = webhooks.map(({ name }): [string, string] => [name, name])
  return (
    <Dialog title={title} wide onClose={onClose}>
      <form
        className="settings-form"
        onSubmit={(event) => {
          event.preventDefault()
          const form = new FormData(event.currentTarget)
          const text = (name: string) => String(form.get(name) ?? '').trim()
          saving.mutate({ name: text('name'), condition: conditionOf(form), filter: text('filter') || '{}', mail: namesIn(text('mail')), webhook: text('webhook') })
        }}
      >
        <Field label="Name" name="name" defaultValue={alert?.name ?? ''} maxLength={128} required autoFocus />
        <Select label="It fires when" name="kind" options={KINDS} value={kind} onChange={(event) => setKind(event.target.value as Kind)} />
        <ConditionFields key={kind} kind={kind} condition={alert?.condition} />
        <Field label="Only of runs that match" name="filter" defaultValue={alert && alert.filter !== '{}' ? alert.filter : ''} placeholder={'{"config.optimizer": "adam"}'} hint="A filter of runs as JSON; empty for all runs" spellCheck={false} />
        <Field label="E-mail to" name="mail" defaultValue={alert?.mail?.join(', ') ?? ''} hint="User names, with commas between them; an admin of the team may add other addresses" autoCapitalize="none" spellCheck={false} />
        <Select label="Webhook" name="webhook" options={[['', 'none'], ...chosen]} key={webhooks.length} defaultValue={alert?.webhook ?? ''} />
        <ErrorText error={saving.error} />
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={saving.isPending}>Save</Button>
        </div>
      </form>
    </Dialog>
  )
}
