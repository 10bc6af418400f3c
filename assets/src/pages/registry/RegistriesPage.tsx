import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { createRegistry, registriesQuery, shortName, type Registry } from '../../api/registries.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Select } from '../../ui/Select.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { Problem } from '../Problem.tsx'
import '../../ui/sections.css'

const ACCESS: [string, string][] = [['PRIVATE', 'The organization'], ['RESTRICTED', 'Its members only']]

export function accessName(registry: Registry): string {
  return ACCESS.find(([access]) => access === registry.access)?.[1] ?? registry.access
}

export function typeNames(registry: Registry): string {
  return registry.allowAllArtifactTypesInRegistry ? 'any' : registry.artifactTypes.edges.map((edge) => edge.node.name).join(', ') || 'none'
}

/** The registries of an organization. */
export function RegistriesPage() {
  const { organization = '' } = useParams({ strict: false }) as { organization?: string }
  useTitle(`Registries · ${organization}`)
  const query = useQuery(registriesQuery(organization))
  if (query.error && !query.data) return <Problem error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <div className="page"><Loading what="the registries" /></div>
  const { registries, mayCreate } = query.data
  return (
    <div className="page">
      <div className="page-head">
        <h1>Registries</h1>
        <Link to="/orgs/$organization" params={{ organization }} className="quiet">{organization}</Link>
      </div>
      <p className="quiet">Versions of artifacts that count, linked from the projects that made them, for the whole organization to find and use.</p>
      <section className="card section" aria-label="All registries">
        <h2>All registries</h2>
        {mayCreate ? <CreateForm organization={organization} /> : <p className="quiet">An admin of the organization creates registries.</p>}
        {registries.length > 0 ? (
          <div className="table-scroll" tabIndex={0} role="region" aria-label={`Registries of ${organization}`}>
            <table className="table">
              <thead><tr><th>Registry</th><th>What it is for</th><th>Seen by</th><th>Types</th><th className="number">Collections</th><th>Changed</th></tr></thead>
              <tbody>
                {registries.map((registry) => (
                  <tr key={registry.id}>
                    <td><Link to="/orgs/$organization/registry/$registry" params={{ organization, registry: shortName(registry.name) }}>{shortName(registry.name)}</Link></td>
                    <td>{registry.description || '—'}</td>
                    <td>{accessName(registry)}</td>
                    <td>{typeNames(registry)}</td>
                    <td className="number">{registry.artifactCollections.totalCount}</td>
                    <td><Ago time={registry.updatedAt} /></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        ) : null}
      </section>
    </div>
  )
}

function CreateForm({ organization }: { organization: string }) {
  const navigate = useNavigate()
  const cache = useQueryClient()
  const creating = useMutation({
    mutationFn: (form: FormData) => createRegistry(organization, String(form.get('name')), String(form.get('access'))),
    onSuccess: async (_, form) => {
      await cache.invalidateQueries({ queryKey: ['registries', organization] })
      await navigate({ to: '/orgs/$organization/registry/$registry', params: { organization, registry: String(form.get('name')) } })
    },
  })
  return (
    <>
      <form
        className="section-form"
        onSubmit={(event) => {
          event.preventDefault()
          creating.mutate(new FormData(event.currentTarget))
        }}
      >
        <Field label="Name of a new registry" name="name" maxLength={113} hint="Part of the addresses of what is linked into it" autoCapitalize="none" spellCheck={false} required />
        <Select label="Seen by" name="access" options={ACCESS} />
        <Button kind="primary" type="submit" disabled={creating.isPending}>Create registry</Button>
      </form>
      <ErrorText error={creating.error} />
    </>
  )
}
