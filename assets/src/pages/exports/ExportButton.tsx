import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Download } from 'lucide-react'
import { useState } from 'react'
import { cancelExport, exportQuery, exportsQuery, startExport, streamLink, type Export, type ExportOrder } from '../../api/exports.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { outcome } from './outcome.ts'
import './exports.css'

/** Takes all of something as one file: has it made, shows how far it is, and gives it out. */
export function ExportButton({ order, what }: { order: ExportOrder; what: string }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button onClick={() => setOpen(true)}><Download size={14} aria-hidden /> Export</Button>
      {isOpen ? <ExportDialog order={order} what={what} onClose={() => setOpen(false)} /> : null}
    </>
  )
}

function ExportDialog({ order, what, onClose }: { order: ExportOrder; what: string; onClose: () => void }) {
  const cache = useQueryClient()
  const starting = useMutation({ mutationFn: () => startExport(order), onSuccess: () => cache.invalidateQueries({ queryKey: ['exports'] }) })
  return (
    <Dialog title={`Export ${what}`} onClose={onClose}>
      {starting.data ? <Progress started={starting.data} onClose={onClose} /> : (
        <>
          <p>
            One tar file with the runs, their metrics as Parquet, console lines, files and artifacts, as far as you may read them. Another
            Runstead server can import it.
          </p>
          <ErrorText error={starting.error} />
          <div className="dialog-actions">
            <a href={streamLink(order)} download>Download without storing it here</a>
            <Button onClick={onClose}>Not now</Button>
            <Button kind="primary" disabled={starting.isPending} onClick={() => starting.mutate()}>Make the file</Button>
          </div>
        </>
      )}
    </Dialog>
  )
}

function Progress({ started, onClose }: { started: Export; onClose: () => void }) {
  const cache = useQueryClient()
  const { data = started, error } = useQuery(exportQuery(started.id))
  const cancelling = useMutation({
    mutationFn: () => cancelExport(started.id),
    onSettled: () => Promise.all([cache.invalidateQueries({ queryKey: exportQuery(started.id).queryKey }), cache.invalidateQueries({ queryKey: exportsQuery(false).queryKey })]),
  })
  return (
    <>
      {data.state === 'running' ? <progress aria-label="How far the file is" max={Math.max(data.runs_total, 1)} value={data.runs_done} /> : null}
      <p role="status">{outcome(data)}</p>
      <p className="quiet">It goes on when you leave this page. All your exports are under <Link to="/settings/$tab" params={{ tab: 'exports' }}>Settings · Exports</Link>.</p>
      <ErrorText error={error ?? cancelling.error} />
      <div className="dialog-actions">
        {data.state === 'running' ? <Button disabled={cancelling.isPending} onClick={() => cancelling.mutate()}>Cancel the export</Button> : null}
        <Button onClick={onClose}>Close</Button>
        {data.download ? <a className="button button-primary" href={data.download} download>Download</a> : null}
      </div>
    </>
  )
}
