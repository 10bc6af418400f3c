import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { ApiError } from '../../api/request.ts'
import { deleteReport, restoreReport, type ReportSummary } from '../../api/reports.ts'
import { toast } from '../../lib/toasts.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'

/** Deletes a report at once, with a way back. Only where others are writing on drafts of it they are asked about first. */
export function useDeleteReport(onGone: () => void = () => {}): { ask: (report: ReportSummary) => void; asking: ReactNode; error: Error | null } {
  const cache = useQueryClient()
  const [drafted, setDrafted] = useState<ReportSummary | null>(null)
  const refresh = () => cache.invalidateQueries({ queryKey: ['reports'] })
  const restoring = useMutation({ mutationFn: restoreReport, onSuccess: refresh, onError: (error) => toast(error.message) })
  const deleting = useMutation({
    mutationFn: ({ report, withDrafts }: { report: ReportSummary; withDrafts: boolean }) => deleteReport(report.id, withDrafts),
    onSuccess: async (_, { report }) => {
      setDrafted(null)
      onGone()
      toast(`“${report.display_name}” deleted.`, { name: 'Undo', act: () => restoring.mutate(report.id) })
      await refresh()
    },
    onError: (error, { report, withDrafts }) => {
      if (!withDrafts && error instanceof ApiError && error.status === 409) setDrafted(report)
    },
  })
  const isAsked = drafted !== null
  const asking = drafted ? (
    <Dialog title={`Delete “${drafted.display_name}” with its drafts?`} onClose={() => setDrafted(null)}>
      <p>{deleting.error?.message}</p>
      <div className="dialog-actions">
        <Button autoFocus onClick={() => setDrafted(null)}>Keep it</Button>
        <Button kind="danger" disabled={deleting.isPending} onClick={() => deleting.mutate({ report: drafted, withDrafts: true })}>Delete all of them</Button>
      </div>
    </Dialog>
  ) : null
  return { ask: (report) => deleting.mutate({ report, withDrafts: false }), asking, error: isAsked ? null : deleting.error }
}
