import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { createReport, draftOf, reportQuery, reportsQuery, saveReport, type Report } from '../../api/reports.ts'
import type { RunAddress } from '../../api/runs.ts'
import { newGrid } from '../../lib/report/grid.ts'
import { emptySpec, readSpec } from '../../lib/report/spec.ts'
import { toast } from '../../lib/toasts.ts'
import { reportPath } from '../../lib/report/address.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Select } from '../../ui/Select.tsx'

/** Puts a chart of a run at the end of a report, or into a new one: into a draft, which others see once it is published. */
export function AddToReport({ address, metric, onClose }: { address: RunAddress; metric: string; onClose: () => void }) {
  const { entity, project, run } = address
  const cache = useQueryClient()
  const navigate = useNavigate()
  const [chosen, setChosen] = useState('')
  const drafts = useInfiniteQuery(reportsQuery(entity, project, 'draft'))
  const published = useInfiniteQuery(reportsQuery(entity, project, 'report'))
  const known = [drafts, published].flatMap(({ data }) => data?.pages.flatMap((page) => page.items) ?? []).filter((report) => report.may.edit)
  const adding = useMutation({
    mutationFn: async (): Promise<Report> => {
      const grid = newGrid({ entity, project, panels: [{ type: 'line', metrics: [metric] }], runs: [run], find: '' })
      if (chosen === '') {
        const spec = emptySpec()
        return createReport(entity, project, { display_name: `${metric} of ${run}`.slice(0, 128), description: '', spec: JSON.stringify({ ...spec, blocks: [grid, ...spec.blocks] }) })
      }
      const found = await cache.fetchQuery({ ...reportQuery(chosen), staleTime: 0 })
      const draft = found.kind === 'draft' ? found : await draftOf(found)
      const spec = readSpec(draft.spec)
      return saveReport(draft.id, { display_name: draft.display_name, description: draft.description, spec: JSON.stringify({ ...spec, blocks: [...spec.blocks, grid] }) }, draft.version)
    },
    onSuccess: async (draft) => {
      onClose()
      cache.setQueryData(reportQuery(draft.id).queryKey, draft)
      toast(`${metric} is in the draft “${draft.display_name}”.`, { name: 'Open', act: () => void navigate({ to: reportPath(draft) }) })
      await cache.invalidateQueries({ queryKey: ['reports'] })
    },
  })
  return (
    <Dialog title={`Add ${metric} to a report`} onClose={onClose}>
      <Select
        label="Report" value={chosen} onChange={(event) => setChosen(event.target.value)}
        options={[['', 'A new one'], ...known.map((report): [string, string] => [report.id, `${report.display_name}${report.kind === 'draft' ? ' (draft)' : ''}`])]}
      />
      <ErrorText error={adding.error ?? drafts.error ?? published.error} />
      <div className="dialog-actions">
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="primary" disabled={adding.isPending} onClick={() => adding.mutate()}>Add</Button>
      </div>
    </Dialog>
  )
}
