import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { collectionsQuery, type Collection } from '../../api/artifacts.ts'
import { formatSize } from '../../lib/format.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { CodeBlock } from '../../ui/CodeBlock.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { ProjectTabs } from '../../ui/ProjectTabs.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { Problem } from '../Problem.tsx'
import './artifacts.css'

const FIRST = `artifact = wandb.Artifact("my-data", type="dataset")
artifact.add_dir("data/")
run.log_artifact(artifact)`

/** The artifacts of a project, latest change first. */
export function ArtifactsPage() {
  const { entity = '', project = '' } = useParams({ strict: false })
  useTitle(`Artifacts · ${project} · ${entity}`)
  const query = useInfiniteQuery(collectionsQuery(entity, project))
  if (query.error && !query.data) return <Problem error={query.error} retry={() => void query.refetch()} />
  const collections = query.data?.pages.flatMap((page) => page.edges.map((edge) => edge.node)) ?? []
  const total = query.data?.pages[0]?.totalCount ?? 0
  return (
    <div className="page">
      <div className="page-head">
        <h1>Artifacts</h1>
        {query.data ? <span className="quiet">{total}</span> : null}
        {query.error ? <span role="status" className="quiet">Reconnecting…</span> : null}
      </div>
      <ProjectTabs entity={entity} project={project} current="artifacts" />
      {!query.data ? <Loading what="artifacts" rows={8} /> : null}
      {query.data && collections.length === 0 ? (
        <div className="artifact-empty">
          <p>No artifacts in {project} yet. Log files, and every version of them is kept:</p>
          <CodeBlock text={FIRST} what="Code that logs an artifact" />
        </div>
      ) : null}
      {collections.length > 0 ? (
        <div className="card">
          <CollectionTable collections={collections} entity={entity} project={project} />
          {query.hasNextPage ? (
            <div className="table-more">
              <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>Show more artifacts</Button>{' '}
              <span className="quiet">{collections.length} of {total}</span>
            </div>
          ) : null}
        </div>
      ) : null}
    </div>
  )
}

/** Collections with their newest versions. */
export function CollectionTable({ collections, entity, project }: { collections: Collection[]; entity: string; project: string }) {
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Artifacts">
      <table className="table">
        <thead>
          <tr><th>Name</th><th>Type</th><th>Newest</th><th className="number">Versions</th><th className="number">Size</th><th>Updated</th></tr>
        </thead>
        <tbody>
          {collections.map((collection) => {
            const newest = collection.artifacts.edges[0]
            const params = { entity, project, type: collection.defaultArtifactType.name, name: collection.name, version: newest?.version ?? 'latest' }
            return (
              <tr key={collection.id}>
                <td>
                  {newest ? <Link to="/$entity/$project/artifacts/$type/$name/$version" params={params}>{collection.name}</Link> : collection.name}
                  {collection.__typename === 'ArtifactPortfolio' ? <span className="quiet"> linked</span> : null}
                </td>
                <td>{collection.defaultArtifactType.name}</td>
                <td>{newest?.version ?? <span className="quiet">—</span>}</td>
                <td className="number">{collection.artifacts.totalCount}</td>
                <td className="number">{newest?.node ? formatSize(newest.node.size) : <span className="quiet">—</span>}</td>
                <td><Ago time={collection.updatedAt} /></td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
