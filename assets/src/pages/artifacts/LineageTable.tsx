import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { lineageQuery, type LineageVersion, type RunLink } from '../../api/artifacts.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { useUrl } from '../../ui/useUrl.ts'

const STEPS_AT_FIRST = 4
const STEPS_MAX = 20

/** What led to a version and what came of it, both ways, a line for each time that a run made or used one. */
export function LineageTable({ id }: { id: string }) {
  const [url, change] = useUrl()
  const steps = Math.min(Math.max(Number(url['steps']) || STEPS_AT_FIRST, 1), STEPS_MAX)
  const query = useQuery(lineageQuery(id, steps))
  const runs = new Map(query.data?.runs.map((run) => [run.id, run]))
  const versions = new Map(query.data?.artifacts.map((version) => [version.id, version]))
  const lines = (query.data?.edges ?? []).flatMap(({ runID, artifactID, made }) => {
    const [run, version] = [runs.get(runID), versions.get(artifactID)]
    return run && version ? [{ run, version, made }] : []
  })
  return (
    <section className="card" aria-label="Lineage">
      <div className="artifact-files-head">
        <h2>Lineage</h2>
        {query.data?.isCut && steps < STEPS_MAX ? <Button disabled={query.isFetching} onClick={() => change({ steps: String(steps + 2) })}>Look further</Button> : null}
      </div>
      {!query.data ? (query.error ? <ErrorText error={query.error} /> : <Loading what="lineage" />) : null}
      {query.data && lines.length === 0 ? <p className="quiet artifact-note">No run made or used it.</p> : null}
      {lines.length > 0 ? (
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Runs and versions">
          <table className="table">
            <thead><tr><th>From</th><th>To</th></tr></thead>
            <tbody>
              {lines.map(({ run, version, made }) => {
                const [from, to] = made ? [<RunName run={run} />, <VersionName version={version} here={version.id === id} />] : [<VersionName version={version} here={version.id === id} />, <RunName run={run} />]
                return <tr key={`${run.project.entityName}/${run.project.name}/${run.name} ${version.id} ${made}`}><td>{from}</td><td>{to}</td></tr>
              })}
            </tbody>
          </table>
        </div>
      ) : null}
    </section>
  )
}

function RunName({ run }: { run: RunLink }) {
  return (
    <>
      <span className="quiet">run </span>
      <Link to="/$entity/$project/runs/$run" params={{ entity: run.project.entityName, project: run.project.name, run: run.name }}>{run.displayName || run.name}</Link>
    </>
  )
}

function VersionName({ version, here }: { version: LineageVersion; here: boolean }) {
  const { name, project } = version.artifactSequence
  const label = `${name}:v${version.versionIndex}`
  if (here) return <strong aria-current="page">{label}</strong>
  if (!project) return <>{label}</>
  const params = { entity: project.entityName, project: project.name, type: version.artifactType.name, name, version: `v${version.versionIndex}` }
  return <Link to="/$entity/$project/artifacts/$type/$name/$version" params={params}>{label}</Link>
}
