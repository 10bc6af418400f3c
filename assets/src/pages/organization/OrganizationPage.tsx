import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { createTeam, organizationQuery, organizationTeamsQuery, peopleQuery, setOrganizationRole, type Organization, type OrganizationMember } from '../../api/teams.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Select } from '../../ui/Select.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { Problem } from '../Problem.tsx'
import '../team/team.css'

const ROLES: [string, string][] = [['admin', 'Admin'], ['member', 'Member'], ['viewer', 'Viewer']]

/** An organization: its teams and its people. */
export function OrganizationPage() {
  const { organization: name = '' } = useParams({ strict: false }) as { organization?: string }
  useTitle(name)
  const query = useQuery(organizationQuery(name))
  if (query.error && !query.data) return <Problem error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <div className="page"><Loading what="the organization" /></div>
  const { display_name: title, seats_counted: counted, seats_viewers: viewers, seats_deactivated: deactivated } = query.data
  return (
    <div className="page">
      <div className="page-head">
        <h1>{title}</h1>
        <Link to="/orgs/$organization/registry" params={{ organization: name }}>Registries</Link>
      </div>
      <p className="quiet">{counted} people counted; not counted: {viewers} viewers, {deactivated} deactivated, service accounts and who was only asked.</p>
      <Teams organization={query.data} />
      <People organization={query.data} />
    </div>
  )
}

function Teams({ organization }: { organization: Organization }) {
  const navigate = useNavigate()
  const cache = useQueryClient()
  const teams = useQuery(organizationTeamsQuery(organization.name))
  const creating = useMutation({
    mutationFn: (name: string) => createTeam(organization.name, name),
    onSuccess: async (team) => {
      await cache.invalidateQueries()
      await navigate({ to: '/teams/$team', params: { team: team.name } })
    },
  })
  return (
    <section className="card team-section" aria-label="Teams">
      <h2>Teams</h2>
      {organization.role === 'admin' ? (
        <form
          className="team-form"
          onSubmit={(event) => {
            event.preventDefault()
            creating.mutate(String(new FormData(event.currentTarget).get('name')))
          }}
        >
          <Field label="Name of a new team" name="name" minLength={2} maxLength={64} hint="Part of addresses; never changes" autoCapitalize="none" spellCheck={false} required />
          <Button kind="primary" type="submit" disabled={creating.isPending}>Create team</Button>
        </form>
      ) : <p className="quiet">An admin of the organization creates teams.</p>}
      <ErrorText error={creating.error ?? teams.error} />
      {teams.data && teams.data.items.length > 0 ? (
        <div className="table-scroll" tabIndex={0} role="region" aria-label={`Teams of ${organization.name}`}>
          <table className="table">
            <thead><tr><th>Team</th><th>What it is for</th><th>Your role</th><th className="number">Members</th></tr></thead>
            <tbody>
              {teams.data.items.map((team) => (
                <tr key={team.name}>
                  <td><Link to="/teams/$team" params={{ team: team.name }}>{team.display_name}</Link></td>
                  <td>{team.description || '—'}</td>
                  <td>{team.role ?? '—'}</td>
                  <td className="number">{team.details?.members ?? '—'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </section>
  )
}

function People({ organization }: { organization: Organization }) {
  const [text, setText] = useState('')
  const people = useInfiniteQuery(peopleQuery(organization.name, text))
  const items = people.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <section className="card team-section" aria-label="People">
      <h2>People</h2>
      <form className="team-form" role="search" onSubmit={(event) => event.preventDefault()}>
        <Field label="Find people" type="search" value={text} onChange={(event) => setText(event.target.value)} placeholder="a part of the name" />
      </form>
      <ErrorText error={people.error} />
      <div className="table-scroll" tabIndex={0} role="region" aria-label={`People of ${organization.name}`}>
        <table className="table">
          <thead><tr><th>Name</th><th>E-mail</th><th>Role</th><th>Teams</th><th>Last heard of</th><th>State</th></tr></thead>
          <tbody>{items.map((person) => <Row key={person.username} organization={organization} person={person} />)}</tbody>
        </table>
      </div>
      {people.hasNextPage ? <div className="table-more"><Button disabled={people.isFetchingNextPage} onClick={() => void people.fetchNextPage()}>Show more people</Button></div> : null}
    </section>
  )
}

function Row({ organization, person }: { organization: Organization; person: OrganizationMember }) {
  const cache = useQueryClient()
  const changing = useMutation({
    mutationFn: (role: string) => setOrganizationRole(organization.name, person.username, role),
    onSettled: () => cache.invalidateQueries({ queryKey: ['organization', organization.name] }),
  })
  return (
    <tr>
      <td>{person.name} <span className="quiet">{person.username}</span></td>
      <td>{person.email ?? '—'}</td>
      <td>
        {organization.role === 'admin' && person.active ? (
          <Select label={`Role of ${person.username}`} hidden options={ROLES} value={person.role} disabled={changing.isPending} onChange={(event) => changing.mutate(event.target.value)} />
        ) : person.role}
        <ErrorText error={changing.error} />
      </td>
      <td>{person.teams.map(({ team, role }) => `${team} (${role})`).join(', ') || '—'}</td>
      <td><Ago time={person.last_seen_at} /></td>
      <td>{person.active ? 'active' : 'deactivated'}</td>
    </tr>
  )
}
