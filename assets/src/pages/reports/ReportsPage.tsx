import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { FilePlus2 } from 'lucide-react'
import { createReport, reportQuery, reportsQuery } from '../../api/reports.ts'
import { emptySpec } from '../../lib/report/spec.ts'
import { sentence } from '../../lib/format.ts'
import { reportPath } from '../../lib/report/address.ts'
import { Button } from '../../ui/Button.tsx'
import { EmptyRows } from '../../ui/EmptyRows.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { ProjectTabs } from '../../ui/ProjectTabs.tsx'
import { useSettled } from '../../ui/useSettled.ts'
import { useTitle } from '../../ui/useTitle.ts'
import { useUrl } from '../../ui/useUrl.ts'
import { Problem } from '../Problem.tsx'
import { ReportCards } from './ReportCards.tsx'
import '../../ui/sections.css'

/** The reports of a project, and one's own drafts. */
export function ReportsPage() {
  const { entity = '', project = '' } = useParams({ strict: false })
  useTitle(`Reports · ${project}`)
  const [url, setUrl] = useUrl()
  const find = url['find'] ?? ''
  const sought = useSettled(find, 200)
  const published = useInfiniteQuery(reportsQuery(entity, project, 'report', sought))
  const drafts = useInfiniteQuery(reportsQuery(entity, project, 'draft', sought))
  if (published.error && !published.data) return <Problem error={published.error} retry={() => void published.refetch()} />
  const may = published.data?.pages[0]?.may
  const reports = published.data?.pages.flatMap((page) => page.items)
  const unfinished = drafts.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <div className="page">
      <div className="page-head"><h1>Reports</h1>{may?.create ? <NewReport entity={entity} project={project} /> : null}</div>
      <ProjectTabs entity={entity} project={project} current="reports" />
      {may?.create_hindrance ? <p className="quiet">{sentence(may.create_hindrance)}</p> : null}
      <div className="table-tools">
        <Field label="Find reports" type="search" value={find} onChange={(event) => setUrl({ find: event.target.value })} placeholder="a part of the title" />
      </div>
      <ErrorText error={drafts.error} />
      {unfinished.length > 0 ? <ReportCards title="Drafts" reports={unfinished} /> : null}
      {!reports ? <Loading what="reports" /> : null}
      {reports && reports.length > 0 ? <ReportCards title="Published" reports={reports} /> : null}
      {reports?.length === 0 && unfinished.length === 0 ? (
        <div className="card"><EmptyRows text="No reports yet. A report puts live charts of runs between words, for who has to read them." filter={sought} onClear={() => setUrl({ find: '' })} /></div>
      ) : null}
      {published.hasNextPage ? <div className="table-more"><Button disabled={published.isFetchingNextPage} onClick={() => void published.fetchNextPage()}>Show older reports</Button></div> : null}
    </div>
  )
}

/** Begins a draft. */
function NewReport({ entity, project }: { entity: string; project: string }) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const creating = useMutation({
    mutationFn: () => createReport(entity, project, { display_name: 'Untitled report', description: '', spec: JSON.stringify(emptySpec()) }),
    onSuccess: async (draft) => {
      cache.setQueryData(reportQuery(draft.id).queryKey, draft)
      await navigate({ to: reportPath(draft) })
    },
  })
  return (
    <>
      <Button kind="primary" disabled={creating.isPending} onClick={() => creating.mutate()}>
        <FilePlus2 size={14} aria-hidden /> Create report
      </Button>
      <ErrorText error={creating.error} />
    </>
  )
}
