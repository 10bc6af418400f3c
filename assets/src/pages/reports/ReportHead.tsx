import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Pencil, Printer, Share2, Trash2 } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { draftOf, handOverReport, reportQuery, type Report } from '../../api/reports.ts'
import { reportPath } from '../../lib/report/address.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { HandOver } from '../../ui/HandOver.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { Attention } from './Attention.tsx'
import { By } from './By.tsx'
import { useDeleteReport } from './useDeleteReport.tsx'
import { usePrint } from './usePrint.ts'

const Share = lazy(() => import('./Share.tsx').then((module) => ({ default: module.Share })))

/** What a report is called, whose it is, and what can be done with it. */
export function ReportHead({ report, byLink }: { report: Report; byLink: boolean }) {
  const navigate = useNavigate()
  const cache = useQueryClient()
  const [sharing, setSharing] = useState(false)
  const { print, isPreparing } = usePrint()
  const { ask, asking, error } = useDeleteReport(() => void navigate({ to: '/$entity/$project/reports', params: { entity: report.entity, project: report.project } }))
  const editing = useMutation({
    mutationFn: () => (report.kind === 'draft' ? Promise.resolve(report) : draftOf(report)),
    onSuccess: async (draft) => {
      cache.setQueryData(reportQuery(draft.id).queryKey, draft)
      await navigate({ to: reportPath(draft) })
    },
  })
  const handing = useMutation({
    mutationFn: (author: string) => handOverReport(report.id, author),
    onSuccess: async (now) => {
      cache.setQueryData(reportQuery(report.id).queryKey, now)
      await cache.invalidateQueries({ queryKey: ['reports'] })
    },
  })
  const { may } = report
  return (
    <header className="report-head">
      <h1>{report.display_name}</h1>
      {report.description ? <p className="report-about">{report.description}</p> : null}
      <p className="quiet report-facts">
        {report.kind === 'draft' ? <Tag>Draft</Tag> : null} <By author={report.author} /> <span>updated <Ago time={report.updated_at} /></span>
      </p>
      <div className="report-actions" role="toolbar" aria-label="Report">
        {byLink ? null : (
          <Button kind="primary" disabled={!may.edit || editing.isPending} title={may.edit ? undefined : 'Only its author, and an admin of the team, edits a report'} onClick={() => editing.mutate()}>
            <Pencil size={14} aria-hidden /> Edit
          </Button>
        )}
        {byLink ? null : <Button onClick={() => setSharing(true)}><Share2 size={14} aria-hidden /> Share</Button>}
        <Button disabled={isPreparing} onClick={print}><Printer size={14} aria-hidden /> {isPreparing ? 'Drawing all panels…' : 'Print or PDF'}</Button>
        {byLink || report.kind !== 'report' ? null : <Attention report={report.id} />}
        {byLink ? <Link className="button" to="/login" search={{ next: reportPath(report) }}>Sign in</Link> : (
          <Button kind="danger" disabled={!may.delete} title={may.delete ? undefined : 'Only its author, and an admin of the team, deletes a report'} onClick={() => ask(report)}><Trash2 size={14} aria-hidden /> Delete</Button>
        )}
        {may.manage ? <HandOver what={report.display_name} entity={report.entity} owner={report.author?.username ?? ''} onHandOver={(author) => handing.mutateAsync(author)} /> : null}
      </div>
      <ErrorText error={editing.error ?? error} />
      {asking}
      {sharing ? <Suspense fallback={null}><Share report={report} onClose={() => setSharing(false)} /></Suspense> : null}
    </header>
  )
}
