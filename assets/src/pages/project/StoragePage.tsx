import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { LISTED_MAX, projectStorageQuery, type ArtifactUsage, type RunUsage } from '../../api/projectStorage.ts'
import { formatSize } from '../../lib/format.ts'
import { sorted, type Sort } from '../../lib/sort.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { ProjectTabs } from '../../ui/ProjectTabs.tsx'
import { SortHead } from '../../ui/SortHead.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { Problem } from '../Problem.tsx'
import './storage.css'

/** So many rows are drawn until more are asked for. */
const PAGE = 100

/** Which runs and artifacts of a project take how much room, the greatest first. */
export function StoragePage() {
  const { entity = '', project = '' } = useParams({ strict: false })
  useTitle(`Storage · ${project} · ${entity}`)
  const query = useQuery(projectStorageQuery(entity, project))
  if (query.error && !query.data) return <Problem error={query.error} retry={() => void query.refetch()} />
  return (
    <div className="page">
      <div className="page-head"><h1>Storage</h1></div>
      <ProjectTabs entity={entity} project={project} current="storage" />
      {!query.data ? <Loading what="sizes" rows={8} /> : null}
      {query.data ? (
        <>
          <p className="quiet">
            Measured <Ago time={query.data.measured_at} />, to the byte as stored. Contents that several artifacts hold are stored once and count in full for
            each; “its own” is what deleting this version alone would free.
          </p>
          <Runs runs={query.data.runs} entity={entity} project={project} />
          <Artifacts artifacts={query.data.artifacts} entity={entity} project={project} />
        </>
      ) : null}
    </div>
  )
}

type Place = { entity: string; project: string }

function Runs({ runs, entity, project }: Place & { runs: RunUsage[] }) {
  const [sort, setSort] = useState<Sort>({ column: 'total_bytes', descending: true })
  const [shown, setShown] = useState(PAGE)
  const value = (run: RunUsage, column: string) => (column === 'name' ? run.display_name || run.run : run[column as 'files' | 'history' | 'total_bytes'])
  const head = (name: string, column: string) => <SortHead name={name} column={column} sort={sort} onSort={setSort} number={column !== 'name'} />
  return (
    <section className="card storage-card" aria-label="Runs by size">
      <h2>Runs</h2>
      {runs.length === 0 ? <p className="quiet">No runs.</p> : null}
      {runs.length > 0 ? (
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Room by run">
          <table className="table">
            <thead><tr>{head('Run', 'name')}{head('Files', 'files')}{head('Metrics and console', 'history')}{head('Together', 'total_bytes')}</tr></thead>
            <tbody>
              {sorted(runs, sort, value).slice(0, shown).map((run) => (
                <tr key={run.run}>
                  <td title={run.run}>
                    {run.in_trash ? <>{run.display_name || run.run} <span className="quiet">in the trash</span></> : (
                      <Link to="/$entity/$project/runs/$run" params={{ entity, project, run: run.run }}>{run.display_name || run.run}</Link>
                    )}
                  </td>
                  <td className="number">{formatSize(run.files)}</td>
                  <td className="number">{formatSize(run.history)}</td>
                  <td className="number" title={`${run.total_bytes} bytes`}>{formatSize(run.total_bytes)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      <More shown={shown} count={runs.length} what="runs" onMore={() => setShown(shown + PAGE)} />
    </section>
  )
}

function Artifacts({ artifacts, entity, project }: Place & { artifacts: ArtifactUsage[] }) {
  const [sort, setSort] = useState<Sort>({ column: 'total_bytes', descending: true })
  const [shown, setShown] = useState(PAGE)
  const value = (artifact: ArtifactUsage, column: string) => artifact[column as keyof ArtifactUsage]
  const head = (name: string, column: string, number = true) => <SortHead name={name} column={column} sort={sort} onSort={setSort} number={number} />
  return (
    <section className="card storage-card" aria-label="Artifacts by size">
      <h2>Artifacts</h2>
      {artifacts.length === 0 ? <p className="quiet">No artifacts.</p> : null}
      {artifacts.length > 0 ? (
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Room by artifact">
          <table className="table">
            <thead><tr>{head('Version', 'artifact', false)}{head('Type', 'kind', false)}{head('Its own', 'own_bytes')}{head('All it holds', 'total_bytes')}</tr></thead>
            <tbody>
              {sorted(artifacts, sort, value).slice(0, shown).map((artifact, index) => (
                <tr key={`${artifact.artifact}/${index}`}>
                  <td><Version artifact={artifact} entity={entity} project={project} /></td>
                  <td>{artifact.kind}</td>
                  <td className="number" title={`${artifact.own_bytes} bytes`}>{formatSize(artifact.own_bytes)}</td>
                  <td className="number" title={`${artifact.total_bytes} bytes`}>{formatSize(artifact.total_bytes)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      <More shown={shown} count={artifacts.length} what="versions" onMore={() => setShown(shown + PAGE)} />
    </section>
  )
}

/** The page of a version; one that is being uploaded has no number and no page yet. */
function Version({ artifact: { artifact, kind }, entity, project }: Place & { artifact: ArtifactUsage }) {
  const cut = artifact.lastIndexOf(':')
  if (cut < 0) return <>{artifact}</>
  const [name, version] = [artifact.slice(0, cut), artifact.slice(cut + 1)]
  return <Link to="/$entity/$project/artifacts/$type/$name/$version" params={{ entity, project, type: kind, name, version }}>{artifact}</Link>
}

function More({ shown, count, what, onMore }: { shown: number; count: number; what: string; onMore: () => void }) {
  const cut = count >= LISTED_MAX ? `the ${LISTED_MAX} greatest ${what}` : ''
  if (shown >= count) return cut ? <p className="quiet">These are {cut}.</p> : null
  return <div className="table-more"><Button onClick={onMore}>Show more</Button> <span className="quiet">{shown} of {cut || count}</span></div>
}
