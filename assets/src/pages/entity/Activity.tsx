import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { activityQuery, type Activity as Happened } from '../../api/teams.ts'
import { reportPath } from '../../lib/report/address.ts'
import { runPath } from '../../paths.ts'
import { Ago } from '../../ui/Ago.tsx'
import { EmptyRows } from '../../ui/EmptyRows.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Loading } from '../../ui/Loading.tsx'

/** What happened lately in a team or personal space, as far as one may see it. */
export function Activity({ entity }: { entity: string }) {
  const { data, error, isPending } = useQuery(activityQuery(entity))
  return (
    <section className="card section" aria-label="Recent activity">
      <h2>Recent activity</h2>
      <ErrorText error={error} />
      {isPending ? <Loading what="what happened lately" /> : null}
      {data?.length === 0 ? <EmptyRows text="Nothing yet." /> : null}
      {data && data.length > 0 ? (
        <ol className="activity">
          {data.map((event, index) => <li key={index}><span><Sentence entity={entity} event={event} /></span> <span className="quiet"><Ago time={event.at} /></span></li>)}
        </ol>
      ) : null}
    </section>
  )
}

function Sentence({ entity, event: { kind, who, project, run, artifact, report } }: { entity: string; event: Happened }) {
  const person = <strong>{who ?? 'Somebody'}</strong>
  const place = project ? <Link to="/$entity/$project" params={{ entity, project }}>{project}</Link> : null
  if (kind === 'joined') return <>{person} joined</>
  if (kind === 'run' && run && project) return <>{person} began the run <Link to={runPath({ entity, project, run: run.name })}>{run.display_name}</Link> in {place}</>
  if (kind === 'artifact' && artifact && project) {
    const { type, collection, version } = artifact
    const params = { entity, project, type, name: collection, version: `v${version}` }
    return <>{person} logged <Link to="/$entity/$project/artifacts/$type/$name/$version" params={params}>{collection}:v{version}</Link> in {place}</>
  }
  if (kind === 'report' && report && project) return <>{person} published the report <Link to={reportPath({ entity, project, ...report })}>{report.display_name}</Link> in {place}</>
  return <>{person} made the project {place}</>
}
