import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ProjectAddress } from '../../api/projectSettings.ts'
import { deleteRuns, restoreRuns, type Outcome } from '../../api/selectedRuns.ts'
import { counted } from '../../lib/format.ts'
import { chosen, count, type Selection } from '../../lib/selection.ts'
import { toast } from '../../lib/toasts.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'

type Props = { address: ProjectAddress; selection: Selection; onClose: () => void; onDone: () => void; onKept: (outcome: Outcome) => void }

/** Puts runs into the trash, as far as one may; a click takes it back. */
export function DeleteRuns({ address, selection, onClose, onDone, onKept }: Props) {
  const cache = useQueryClient()
  const refresh = async () => {
    await cache.invalidateQueries({ queryKey: ['runs', address.entity, address.project] })
    await cache.invalidateQueries({ queryKey: ['trash', address.entity, address.project] })
  }
  const restore = async (names: string[]) => {
    try {
      const { done, kept } = await restoreRuns(address, names)
      toast(`${counted(done.length, 'run')} restored${kept > 0 ? `, ${kept} not` : ''}.`)
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error))
    }
    await refresh()
  }
  const deleting = useMutation({
    mutationFn: () => deleteRuns(address, chosen(selection)),
    onSuccess: async (outcome) => {
      onDone()
      if (outcome.done.length > 0) toast(`${counted(outcome.done.length, 'run')} deleted.`, { name: 'Undo', act: () => void restore(outcome.done) })
      if (outcome.kept > 0) onKept(outcome)
      await refresh()
    },
  })
  return (
    <Dialog title={`Delete ${counted(count(selection), 'run')}?`} onClose={onClose}>
      <p>They go to the project’s trash with metrics, console lines and files, and can be restored for a while. Runs of others and locked runs stay.</p>
      <ErrorText error={deleting.error} />
      <div className="dialog-actions">
        <Button autoFocus onClick={onClose}>Keep them</Button>
        <Button kind="danger" disabled={deleting.isPending} onClick={() => deleting.mutate()}>{deleting.isPending ? 'Deleting…' : 'Delete runs'}</Button>
      </div>
    </Dialog>
  )
}
