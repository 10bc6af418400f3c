import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, Navigate, useParams, useSearch } from '@tanstack/react-router'
import { collectionsQuery } from '../../api/artifacts.ts'
import { projectName, registryQuery, type RegistryMembers } from '../../api/registries.ts'
import { Button } from '../../ui/Button.tsx'
import { CodeBlock } from '../../ui/CodeBlock.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { Problem } from '../Problem.tsx'
import { CollectionTable } from '../artifacts/ArtifactsPage.tsx'
import { accessName, typeNames } from './RegistriesPage.tsx'
import '../artifacts/artifacts.css'
import '../../ui/sections.css'

/** A registry: its collections and who has which role there. The client's links to a version in it lead on to that version. */
export function RegistryPage() {
  const { organization = '', registry: name = '' } = useParams({ strict: false }) as Record<string, string>
  const { selectionPath, version } = useSearch({ strict: false }) as { selectionPath?: string; version?: string }
  useTitle(`${name} · ${organization}`)
  const query = useQuery(registryQuery(organization, name))
  const project = projectName(name)
  const selected = selectionPath?.split('/').at(-1)
  if (selected) {
    const params = { entity: organization, project, type: 'registry', name: selected, version: version ?? 'latest' }
    return <Navigate to="/$entity/$project/artifacts/$type/$name/$version" params={params} replace />
  }
  if (query.error && !query.data) return <Problem error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <div className="page"><Loading what="the registry" /></div>
  const registry = query.data
  return (
    <div className="page">
      <div className="page-head">
        <h1 className="truncate">{name}</h1>
        <Link to="/orgs/$organization/registry" params={{ organization }} className="quiet">All registries</Link>
      </div>
      {registry.description ? <p>{registry.description}</p> : null}
      <p className="quiet">Seen by: {accessName(registry)}. Types that it takes: {typeNames(registry)}.</p>
      <Collections organization={organization} project={project} />
      <Members registry={registry} />
    </div>
  )
}

function Collections({ organization, project }: { organization: string; project: string }) {
  const query = useInfiniteQuery(collectionsQuery(organization, project))
  if (!query.data) return query.error ? <Problem error={query.error} retry={() => void query.refetch()} /> : <Loading what="the collections" />
  const collections = query.data.pages.flatMap((page) => page.edges.map((edge) => edge.node))
  return (
    <section className="card section" aria-label="Collections">
      <h2>Collections</h2>
      {collections.length > 0 ? <CollectionTable collections={collections} entity={organization} project={project} /> : (
        <div className="artifact-empty">
          <p>Nothing is linked here yet. Link a version that a run has logged:</p>
          <CodeBlock text={`run.link_artifact(artifact, "${organization}/${project}/my-collection")`} what="Code that links a version" />
        </div>
      )}
      {query.hasNextPage ? (
        <div className="table-more"><Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>Show more collections</Button></div>
      ) : null}
    </section>
  )
}

function Members({ registry }: { registry: RegistryMembers }) {
  const people = registry.members.map(({ id, name, username, role }) => ({ id, name: name || username, kind: 'Person', role: role.name }))
  const teams = registry.teamMembers.map(({ team, role }) => ({ id: team.id, name: team.name, kind: 'Team', role: role.name }))
  return (
    <section className="card section" aria-label="Members">
      <h2>Members</h2>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Roles in this registry">
        <table className="table">
          <thead><tr><th>Name</th><th>What</th><th>Role</th></tr></thead>
          <tbody>
            {[...people, ...teams].map((member) => (
              <tr key={member.id}><td>{member.name}</td><td>{member.kind}</td><td>{member.role.replace('_', ' ')}</td></tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
