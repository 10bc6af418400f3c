import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { alertsQuery, changeAlert, createAlert, deleteAlert, firingsQuery, tryAlert, type Alert } from '../../api/alerts.ts'
import type { ProjectAddress } from '../../api/projectSettings.ts'
import { conditionWords } from '../../lib/alerts.ts'
import { toast } from '../../lib/toasts.ts'
import { Button } from '../../ui/Button.tsx'
import { EmptyRows } from '../../ui/EmptyRows.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { HandOver } from '../../ui/HandOver.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { AlertDialog } from './AlertDialog.tsx'

/** Rules that tell people when something is wrong with a run. */
export function Alerts({ address, mayWrite }: { address: ProjectAddress; mayWrite: boolean }) {
  const alerts = useQuery(alertsQuery(address))
  const [making, setMaking] = useState(false)
  return (
    <section className="card section" aria-label="Alerts">
      <h2>Alerts</h2>
      <p className="quiet">Tell people by e-mail or a webhook when a run gets worse, ends, or says so itself. An alert fires once for a run until it is armed again.</p>
      {mayWrite ? <div className="table-tools"><Button kind="primary" onClick={() => setMaking(true)}>New alert</Button></div> : <p className="quiet">Members of the team make alerts.</p>}
      {making ? <AlertDialog address={address} title="New alert" onClose={() => setMaking(false)} /> : null}
      <ErrorText error={alerts.error} />
      {alerts.isPending ? <Loading what="alerts" rows={2} /> : null}
      {alerts.data?.length === 0 ? <EmptyRows text="There is no alert yet." /> : null}
      {alerts.data && alerts.data.length > 0 ? (
        <div className="table-scroll" tabIndex={0} role="region" aria-label={`Alerts of ${address.project}`}>
          <table className="table">
            <thead><tr><th>Name</th><th>When</th><th>Tells</th><th><span className="visually-hidden">Actions</span></th></tr></thead>
            <tbody>{alerts.data.map((alert) => <Row key={alert.id} address={address} alert={alert} />)}</tbody>
          </table>
        </div>
      ) : null}
    </section>
  )
}

function Row({ address, alert }: { address: ProjectAddress; alert: Alert }) {
  const cache = useQueryClient()
  const [editing, setEditing] = useState(false)
  const refresh = async () => {
    await cache.invalidateQueries({ queryKey: ['alerts'] })
    await cache.invalidateQueries({ queryKey: ['firings'] })
  }
  const pausing = useMutation({ mutationFn: () => changeAlert(address, alert.id, { paused: !alert.paused }), onSuccess: refresh })
  const trying = useMutation({
    mutationFn: () => tryAlert(address, alert.id),
    onSuccess: async () => {
      toast('A test is on its way; what becomes of it stands under “What alerts told”.')
      await cache.invalidateQueries({ queryKey: firingsQuery(address).queryKey })
    },
  })
  const handing = useMutation({ mutationFn: (author: string) => changeAlert(address, alert.id, { author }), onSuccess: refresh })
  const restoring = useMutation({
    mutationFn: () => createAlert(address, { name: alert.name, condition: alert.condition, filter: alert.filter, mail: alert.mail ?? [], webhook: alert.webhook ?? '' }),
    onSuccess: refresh,
    onError: (error) => toast(error.message),
  })
  const deleting = useMutation({
    mutationFn: () => deleteAlert(address, alert.id),
    onSuccess: async () => {
      toast(`Deleted the alert ${alert.name}`, { name: 'Undo', act: () => restoring.mutate() })
      await refresh()
    },
  })
  const tells = [...(alert.mail ?? []), ...(alert.webhook ? [`webhook ${alert.webhook}`] : [])]
  return (
    <tr>
      <td>
        {alert.name}{alert.paused ? <span className="quiet"> paused</span> : null}
        {alert.author ? <div className="quiet">by {alert.author.name || alert.author.username}{alert.author.left ? ' (owner left)' : ''}</div> : null}
      </td>
      <td className="table-prose">
        {conditionWords(alert.condition)}
        {alert.filter === '{}' ? null : <div className="quiet">of runs that match <code>{alert.filter}</code></div>}
      </td>
      <td className="table-prose">
        {tells.join(', ') || (alert.can_change ? 'nobody' : '—')}
        {alert.can_change ? alert.problems.map((problem) => <div key={problem} role="note" className="quiet">{problem}</div>) : null}
      </td>
      <td className="table-actions">
        {alert.can_change ? (
          <>
            <Button aria-label={`Edit ${alert.name}`} onClick={() => setEditing(true)}>Edit</Button>{' '}
            <Button aria-label={`Send a test of ${alert.name}`} disabled={trying.isPending} onClick={() => trying.mutate()}>Test</Button>{' '}
            <Button aria-label={`${alert.paused ? 'Resume' : 'Pause'} ${alert.name}`} disabled={pausing.isPending} onClick={() => pausing.mutate()}>{alert.paused ? 'Resume' : 'Pause'}</Button>{' '}
            <Button kind="danger" aria-label={`Delete ${alert.name}`} disabled={deleting.isPending} onClick={() => deleting.mutate()}>Delete</Button>
          </>
        ) : null}
        {alert.can_hand_over ? <HandOver what={alert.name} entity={address.entity} owner={alert.author?.username ?? ''} onHandOver={(author) => handing.mutateAsync(author)} /> : null}
        <ErrorText error={trying.error ?? pausing.error ?? deleting.error} />
        {editing ? <AlertDialog address={address} title={`Edit ${alert.name}`} alert={alert} onClose={() => setEditing(false)} /> : null}
      </td>
    </tr>
  )
}
