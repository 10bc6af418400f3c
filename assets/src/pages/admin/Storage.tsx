import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { storageQuery, type Usage } from '../../api/system.ts'
import { formatSize } from '../../lib/format.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Problem } from '../Problem.tsx'

/** What takes how much room: everything, teams and people, projects. */
export function Storage() {
  const query = useQuery(storageQuery)
  if (query.error && !query.data) return <Problem error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <Loading what="sizes" />
  const { measured_at: at, total_bytes: total, usage, entities, projects, files_to_remove: waiting } = query.data
  return (
    <>
      <p className="quiet">
        {formatSize(total)} altogether, measured <Ago time={at} />: {formatSize(usage.run_files)} files of runs, {formatSize(usage.artifacts)} artifacts,{' '}
        {formatSize(usage.history)} metrics and console lines. Contents that several share are stored once and count in full for each of them.
        {waiting > 0 ? ` ${waiting} files of deleted things are yet to be removed.` : ''}
      </p>
      <section className="card system-card" aria-label="Teams and people">
        <h2>Teams and people</h2>
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Room by team and person">
          <table className="table">
            <thead><tr><th>Name</th><th className="number">Projects</th><th className="number">Runs</th><Heads /></tr></thead>
            <tbody>
              {entities.map((entity) => (
                <tr key={entity.entity}>
                  <td><Link to="/$entity" params={{ entity: entity.entity }}>{entity.entity}</Link></td>
                  <td className="number">{entity.projects}</td>
                  <td className="number">{entity.runs}</td>
                  <Sizes usage={entity.usage} total={entity.total_bytes} />
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <section className="card system-card" aria-label="Projects">
        <h2>Projects</h2>
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Room by project">
          <table className="table">
            <thead><tr><th>Project</th><th className="number">Runs</th><Heads /></tr></thead>
            <tbody>
              {projects.map(({ entity, project, runs, usage: own, total_bytes: bytes }) => (
                <tr key={`${entity}/${project}`}>
                  <td><Link to="/$entity/$project" params={{ entity, project }}>{entity}/{project}</Link></td>
                  <td className="number">{runs}</td>
                  <Sizes usage={own} total={bytes} place={{ entity, project }} />
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </>
  )
}

function Heads() {
  return <><th className="number">Run files</th><th className="number">Artifacts</th><th className="number">Metrics</th><th className="number">Together</th></>
}

/** `place` is the project whose runs and artifacts are listed one by one. */
function Sizes({ usage, total, place }: { usage: Usage; total: number; place?: { entity: string; project: string } }) {
  return (
    <>
      <td className="number">{formatSize(usage.run_files)}</td>
      <td className="number">{formatSize(usage.artifacts)}</td>
      <td className="number">{formatSize(usage.history)}</td>
      <td className="number">{place ? <Link to="/$entity/$project/storage" params={place}>{formatSize(total)}</Link> : formatSize(total)}</td>
    </>
  )
}
