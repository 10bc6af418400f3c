import { useInfiniteQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { runsQuery } from '../../api/runs.ts'
import { NOTHING, runFilter, type Selection } from '../../lib/selection.ts'
import { Button } from '../../ui/Button.tsx'
import { EmptyRows } from '../../ui/EmptyRows.tsx'
import { Field } from '../../ui/Field.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { ProjectTabs } from '../../ui/ProjectTabs.tsx'
import { Select } from '../../ui/Select.tsx'
import { STATE_NAMES } from '../../ui/State.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { useUrl } from '../../ui/useUrl.ts'
import { Begin } from '../Begin.tsx'
import { ExportButton } from '../exports/ExportButton.tsx'
import { Problem } from '../Problem.tsx'
import { RunTable } from './RunTable.tsx'
import { SelectionBar } from './SelectionBar.tsx'
import '../../ui/sections.css'

/** The runs of a project, newest first: to look over, and to pick for deleting, moving and locking. */
export function ProjectPage() {
  const { entity = '', project = '' } = useParams({ strict: false })
  useTitle(`${project} · ${entity}`)
  const [url, setUrl] = useUrl()
  const find = url['find'] ?? ''
  const state = url['state'] ?? ''
  const filter = runFilter({ find, state })
  const query = useInfiniteQuery(runsQuery(entity, project, filter))
  const [selection, setSelection] = useState<Selection>(NOTHING)
  if (query.error && !query.data) return <Problem error={query.error} retry={() => void query.refetch()} />
  const runs = query.data?.pages.flatMap((page) => page.runs.edges.map((edge) => edge.node)) ?? []
  const total = query.data?.pages[0]?.runCount ?? 0
  const live = runs.filter((run) => run.state === 'running').length
  const filtered = find !== '' || state !== ''
  const change = (changed: Record<string, string>) => {
    // What was picked may be out of sight now, and nothing is to happen to what one does not see.
    setSelection(NOTHING)
    setUrl(changed)
  }
  return (
    <div className="page">
      <div className="page-head">
        <h1>Runs</h1>
        {query.data ? <span className="quiet">{total.toLocaleString()}</span> : null}
        {live > 0 ? <span className="state state-running"><span className="dot" aria-hidden /> {live} live</span> : null}
        {query.error ? <span role="status" className="quiet">Reconnecting…</span> : null}
        {total > 0 ? <ExportButton order={{ scope: 'project', entity, project }} what={`the project ${project}`} /> : null}
      </div>
      <ProjectTabs entity={entity} project={project} current="runs" />
      {query.data && runs.length === 0 && !filtered ? <Begin title={`No runs in ${project} yet`} entity={entity} project={project} /> : (
        <section className="card section" aria-label="Runs of the project">
          <div className="table-tools">
            <Field label="Find runs" type="search" value={find} onChange={(event) => change({ find: event.target.value })} placeholder="a part of the name" />
            <Select label="State" value={state} options={[['', 'All'], ...STATE_NAMES]} onChange={(event) => change({ state: event.target.value })} />
          </div>
          <SelectionBar address={{ entity, project }} selection={selection} shown={runs} total={total} filter={filter} onSelect={setSelection} />
          {!query.data ? <Loading what="runs" rows={8} /> : null}
          {query.data && runs.length === 0 ? <EmptyRows text="" filter={[find, state].filter(Boolean).join(', ')} onClear={() => change({ find: '', state: '' })} /> : null}
          {runs.length > 0 ? <RunTable runs={runs} entity={entity} project={project} selection={selection} onSelect={setSelection} /> : null}
          {query.hasNextPage ? (
            <div className="table-more">
              <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>Show older runs</Button>{' '}
              <span className="quiet">{runs.length} of {total.toLocaleString()}</span>
            </div>
          ) : null}
        </section>
      )}
    </div>
  )
}
