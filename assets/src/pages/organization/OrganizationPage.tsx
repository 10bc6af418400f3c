import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { organizationQuery, organizationTeamsQuery, type Organization } from '../../api/organizations.ts'
import { adminsOf } from '../../lib/roles.ts'
import { Loading } from '../../ui/Loading.tsx'
import { Select } from '../../ui/Select.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { NotFound, Problem } from '../Problem.tsx'
import { ServiceAccounts } from '../service/ServiceAccounts.tsx'
import { General } from './General.tsx'
import { Licence } from './Licence.tsx'
import { People } from './People.tsx'
import { Privacy } from './Privacy.tsx'
import { Teams } from './Teams.tsx'
import '../../ui/sections.css'

const TABS: [string, string][] = [['people', 'People'], ['teams', 'Teams'], ['seats', 'Licence and seats'], ['service-accounts', 'Service accounts'], ['privacy', 'Privacy'], ['general', 'General']]

/** An organization: its people, teams and seats, and what it decides for all teams. */
export function OrganizationPage() {
  const { organization: name = '', tab = 'people' } = useParams({ strict: false }) as { organization?: string; tab?: string }
  useTitle(name)
  const query = useQuery(organizationQuery(name))
  if (!TABS.some(([path]) => path === tab)) return <NotFound />
  if (query.error && !query.data) return <Problem error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <div className="page"><Loading what="the organization" /></div>
  const organization = query.data
  const base = `/orgs/${encodeURIComponent(name)}`
  return (
    <div className="page">
      <div className="page-head">
        <h1>{organization.display_name}</h1>
        <Link to="/orgs/$organization/registry" params={{ organization: name }}>Registries</Link>
      </div>
      {organization.description ? <p>{organization.description}</p> : null}
      <Tabs label="Parts of the organization" tabs={TABS.map(([path, title]) => ({ to: `${base}/${path}`, name: title, current: path === tab }))} />
      {tab === 'people' ? <People organization={organization} /> : null}
      {tab === 'teams' ? <Teams organization={organization} /> : null}
      {tab === 'seats' ? <Licence organization={organization} /> : null}
      {tab === 'service-accounts' ? <Services organization={organization} /> : null}
      {tab === 'privacy' ? <Privacy organization={organization} /> : null}
      {tab === 'general' ? <General organization={organization} /> : null}
    </div>
  )
}

function Services({ organization }: { organization: Organization }) {
  const teams = useQuery({ ...organizationTeamsQuery(organization.name), enabled: organization.can_manage })
  const names = (teams.data ?? []).map(({ name }): [string, string] => [name, name])
  return (
    <ServiceAccounts
      home={{ kind: 'organizations', name: organization.name }} mayManage={organization.can_manage} who={adminsOf(organization.admins)}
      extra={<Select label="Default team" name="default_team" options={names} required title="Where its runs go that name no entity" />}
    />
  )
}
