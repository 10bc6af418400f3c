import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Eye, Save, Send, Trash2 } from 'lucide-react'
import { useCallback, useMemo, useState } from 'react'
import { reportQuery, type Report } from '../../../api/reports.ts'
import { headings, readSpec, widthOf, type Block, type Spec } from '../../../lib/report/spec.ts'
import { fromWritten } from '../../../lib/report/written.ts'
import { toast } from '../../../lib/toasts.ts'
import { reportPath } from '../../../lib/report/address.ts'
import { Button } from '../../../ui/Button.tsx'
import { ErrorText } from '../../../ui/ErrorText.tsx'
import { ProjectTabs } from '../../../ui/ProjectTabs.tsx'
import { Select } from '../../../ui/Select.tsx'
import { Tag } from '../../../ui/Tag.tsx'
import { ReportContext } from '../context.ts'
import { useDeleteReport } from '../useDeleteReport.tsx'
import { ClashDialog } from './ClashDialog.tsx'
import { Leaving } from './Leaving.tsx'
import { useDraft, type DraftState } from './useDraft.ts'
import { Written } from './Written.tsx'
import '../report.css'
import './editor.css'

const WORDS: Record<DraftState, string> = { saved: 'All changes are saved', changed: 'Not saved yet', saving: 'Saving…', failed: 'Not saved' }

/** Writing a report: on a draft, which others see once it is published. */
export function EditorPage({ report }: { report: Report }) {
  const { id, entity, project } = report
  const cache = useQueryClient()
  const navigate = useNavigate()
  const draft = useDraft(report)
  // What the editor begins with, again when another version is gone on with.
  const [begun, setBegun] = useState({ edition: 0, text: report.spec })
  const begin = useMemo((): { spec: Spec; error: null } | { spec: null; error: Error } => {
    try {
      return { spec: readSpec(begun.text), error: null }
    } catch (error) {
      return { spec: null, error: error instanceof Error ? error : new Error(String(error)) }
    }
  }, [begun.text])
  const [blocks, setBlocks] = useState<Block[]>(begin.spec?.blocks ?? [])
  const [width, setWidth] = useState(begin.spec ? widthOf(begin.spec) : 'readable')
  const context = useMemo(() => ({ home: { report: id, entity, project }, headings: headings(blocks), byLink: false }), [id, entity, project, blocks])

  const onWritten = useCallback((written: Block[]) => {
    const next = fromWritten(written)
    setBlocks(next)
    if (begin.spec) draft.change({ spec: JSON.stringify({ ...begin.spec, width, blocks: next }) })
  }, [begin.spec, draft.change, width])
  const onWidth = (chosen: typeof width) => {
    setWidth(chosen)
    if (begin.spec) draft.change({ spec: JSON.stringify({ ...begin.spec, width: chosen, blocks }) })
  }
  const onPublished = async (published: Report) => {
    toast(`“${published.display_name}” is published.`)
    cache.setQueryData(reportQuery(published.id).queryKey, published)
    if (published.id !== id) cache.removeQueries({ queryKey: reportQuery(id).queryKey })
    await cache.invalidateQueries({ queryKey: ['reports'] })
    await navigate({ to: reportPath(published) })
  }
  const publishing = useMutation({
    mutationFn: () => draft.publish(),
    onSuccess: async (published) => {
      if (published) await onPublished(published)
    },
  })
  const deleting = useDeleteReport(() => {
    draft.forget()
    void navigate({ to: '/$entity/$project/reports', params: { entity, project } })
  })
  const { content, state } = draft
  return (
    <div className="page report-page">
      <div className="report-tabs"><ProjectTabs entity={entity} project={project} current="reports" /></div>
      <article className={`report report-${width}`}>
        <header className="report-head">
          <h1 className="visually-hidden">Writing {content.display_name}</h1>
          <input className="title-field" aria-label="Title" value={content.display_name} maxLength={128} placeholder="Title" readOnly={publishing.isPending} onChange={(event) => draft.change({ display_name: event.target.value })} />
          <textarea className="about-field" aria-label="Description" rows={1} value={content.description} placeholder="What it is about" readOnly={publishing.isPending} onChange={(event) => draft.change({ description: event.target.value })} />
          <p className="quiet report-facts"><Tag>Draft</Tag> <span role="status">{WORDS[state]}</span></p>
          <div className="report-actions" role="toolbar" aria-label="Draft">
            <Button kind="primary" disabled={publishing.isPending || content.display_name.trim() === ''} onClick={() => publishing.mutate()}><Send size={14} aria-hidden /> Publish</Button>
            <Button disabled={state === 'saved' || state === 'saving'} onClick={() => void draft.save()}><Save size={14} aria-hidden /> Save draft</Button>
            <Link className="button" to={reportPath(report)} search={{ view: 'yes' } as never}><Eye size={14} aria-hidden /> Preview</Link>
            <Select label="Width" hidden value={width} options={[['readable', 'Readable width'], ['fixed', 'Fixed width'], ['fluid', 'Full width']]} onChange={(event) => onWidth(event.target.value as typeof width)} />
            <Button kind="danger" disabled={!report.may.delete} onClick={() => deleting.ask(report)}><Trash2 size={14} aria-hidden /> Delete draft</Button>
          </div>
          <ErrorText error={draft.error ?? publishing.error ?? deleting.error ?? begin.error} />
        </header>
        <ReportContext value={context}>
          {begin.spec ? <Written key={begun.edition} blocks={begin.spec.blocks} isFixed={publishing.isPending} onChange={onWritten} onSave={() => void draft.save()} /> : null}
        </ReportContext>
      </article>
      {deleting.asking}
      <Leaving draft={draft} />
      {draft.clash ? (
        <ClashDialog
          clash={draft.clash} draft={draft} onPublished={(published) => void onPublished(published)}
          onAdopted={(current) => {
            const theirs = readSpec(current.spec)
            setBegun({ edition: begun.edition + 1, text: current.spec })
            setBlocks(theirs.blocks)
            setWidth(widthOf(theirs))
          }}
        />
      ) : null}
    </div>
  )
}
