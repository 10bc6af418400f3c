import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Lock, LockOpen, Square, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { deleteRun, isLive, lockRun, runQuery, stopRun, type Run, type RunAddress } from '../../api/runs.ts'
import { trashQuery } from '../../api/trash.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { ExportButton } from '../exports/ExportButton.tsx'

/** Stop, lock and delete, for those who may. */
export function Actions({ address, run }: { address: RunAddress; run: Run }) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const [asking, setAsking] = useState(false)
  const stopping = useMutation({
    mutationFn: () => stopRun(run.id),
    onSuccess: () => cache.invalidateQueries({ queryKey: runQuery(address).queryKey }),
  })
  const locking = useMutation({
    mutationFn: () => lockRun(address, !run.locked),
    onSuccess: () => cache.invalidateQueries({ queryKey: runQuery(address).queryKey }),
  })
  const deleting = useMutation({
    mutationFn: () => deleteRun(run.id),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: ['runs', address.entity, address.project] })
      await cache.invalidateQueries({ queryKey: trashQuery(address.entity, address.project).queryKey })
      await navigate({ to: '/$entity/$project', params: address })
    },
  })
  return (
    <div className="run-actions">
      <ExportButton order={{ scope: 'run', entity: address.entity, project: address.project, run: address.run }} what={run.displayName || run.name} />
      {run.canDelete && isLive(run.state) ? (
        <Button disabled={stopping.isPending || stopping.isSuccess} onClick={() => stopping.mutate()}>
          <Square size={13} aria-hidden /> {stopping.isSuccess ? 'Stopping…' : 'Stop'}
        </Button>
      ) : null}
      {run.canDelete ? (
        <>
          <Button disabled={locking.isPending} title={run.locked ? 'Let it be deleted again' : 'Protect it from deletion'} onClick={() => locking.mutate()}>
            {run.locked ? <LockOpen size={14} aria-hidden /> : <Lock size={14} aria-hidden />} {run.locked ? 'Unlock' : 'Lock'}
          </Button>
          <Button kind="danger" disabled={run.locked} title={run.locked ? 'It is locked against deletion' : undefined} onClick={() => setAsking(true)}>
            <Trash2 size={14} aria-hidden /> Delete
          </Button>
        </>
      ) : null}
      <ErrorText error={stopping.error ?? locking.error} />
      {asking ? (
        <Dialog title={`Delete ${run.displayName || run.name}?`} onClose={() => setAsking(false)}>
          <p>It goes to the project’s trash with its metrics, console lines and files, and can be restored from there for a while.</p>
          <ErrorText error={deleting.error} />
          <div className="dialog-actions">
            <Button autoFocus onClick={() => setAsking(false)}>Keep it</Button>
            <Button kind="danger" disabled={deleting.isPending} onClick={() => deleting.mutate()}>Delete run</Button>
          </div>
        </Dialog>
      ) : null}
    </div>
  )
}
