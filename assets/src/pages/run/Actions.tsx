import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Square, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { deleteRun, isLive, runQuery, stopRun, type Run, type RunAddress } from '../../api/runs.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'

/** Stop and delete, for those who may. */
export function Actions({ address, run }: { address: RunAddress; run: Run }) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const [asking, setAsking] = useState(false)
  const stopping = useMutation({
    mutationFn: () => stopRun(run.id),
    onSuccess: () => cache.invalidateQueries({ queryKey: runQuery(address).queryKey }),
  })
  const deleting = useMutation({
    mutationFn: () => deleteRun(run.id),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: ['runs', address.entity, address.project] })
      await navigate({ to: '/$entity/$project', params: address })
    },
  })
  return (
    <div className="run-actions">
      {run.canWrite && isLive(run.state) ? (
        <Button disabled={stopping.isPending || stopping.isSuccess} onClick={() => stopping.mutate()}>
          <Square size={13} aria-hidden /> {stopping.isSuccess ? 'Stopping…' : 'Stop'}
        </Button>
      ) : null}
      {run.canDelete ? <Button kind="danger" onClick={() => setAsking(true)}><Trash2 size={14} aria-hidden /> Delete</Button> : null}
      <ErrorText error={stopping.error} />
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
