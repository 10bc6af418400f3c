import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { createTeam, organizationTeamsQuery, restoreTeam, type Organization } from '../../api/organizations.ts'
import type { Team } from '../../api/teams.ts'
import { formatTime, parseTime } from '../../lib/format.ts'
import { adminsOf, roleName } from '../../lib/roles.ts'
import { readSort, sorted, writeSort } from '../../lib/sort.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { EmptyRows } from '../../ui/EmptyRows.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { SortHead } from '../../ui/SortHead.tsx'
import { useUrl } from '../../ui/useUrl.ts'

/** The teams of an organization that one may know of; its admins, or everybody in it, make new ones; its admins restore those in the trash. */
export function Teams({ organization }: { organization: Organization }) {
  const teams = useQuery(organizationTeamsQuery(organization.name))
  const [url, setUrl] = useUrl()
  const text = url['find'] ?? ''
  const sort = readSort(url['sort'], 'name')
  const onSort = (chosen: typeof sort) => setUrl({ sort: writeSort(chosen) })
  const found = (teams.data ?? []).filter((team) => [team.name, team.display_name, team.description].some((word) => word.toLowerCase().includes(text.toLowerCase())))
  const shown = sorted(found, sort, (team, column) => (column === 'members' ? team.details?.members ?? null : column === 'role' ? team.role : team.display_name))
  return (
    <>
      <section className="card section" aria-label="Teams">
        <h2>Teams</h2>
        {organization.can_create_teams ? <Create organization={organization} /> : <p className="quiet">Teams are created by {adminsOf(organization.admins)}.</p>}
        <div className="table-tools">
          <Field label="Find teams" type="search" value={text} onChange={(event) => setUrl({ find: event.target.value })} placeholder="a part of the name" />
        </div>
        <ErrorText error={teams.error} />
        {teams.isPending ? <Loading what="teams" /> : null}
        {teams.data && shown.length === 0 ? <EmptyRows text="There are no teams yet that you may know of." filter={text} onClear={() => setUrl({ find: '' })} /> : null}
        {shown.length > 0 ? (
          <div className="table-scroll" tabIndex={0} role="region" aria-label={`Teams of ${organization.name}`}>
            <table className="table">
              <thead>
                <tr>
                  <SortHead name="Team" column="name" sort={sort} onSort={onSort} />
                  <th>What it is for</th>
                  <SortHead name="Your role" column="role" sort={sort} onSort={onSort} />
                  <SortHead name="Members" column="members" sort={sort} onSort={onSort} number />
                  <th className="number">Projects</th>
                </tr>
              </thead>
              <tbody>
                {shown.map((team) => (
                  <tr key={team.name}>
                    <td><Link to="/$entity" params={{ entity: team.name }}>{team.display_name}</Link></td>
                    <td className="people-teams truncate" title={team.description}>{team.description || <span className="quiet">—</span>}</td>
                    <td>{roleName(team.role)}</td>
                    <td className="number">{team.details?.members ?? '—'}</td>
                    <td className="number">{team.details?.projects ?? '—'}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        ) : null}
      </section>
      {organization.can_manage ? <Deleted organization={organization} /> : null}
    </>
  )
}

function Create({ organization }: { organization: Organization }) {
  const navigate = useNavigate()
  const cache = useQueryClient()
  const creating = useMutation({
    mutationFn: (name: string) => createTeam(organization.name, name),
    onSuccess: async (team) => {
      await cache.invalidateQueries()
      await navigate({ to: '/teams/$team/$tab', params: { team: team.name, tab: 'members' } })
    },
  })
  return (
    <>
      <form
        className="section-form"
        onSubmit={(event) => {
          event.preventDefault()
          creating.mutate(String(new FormData(event.currentTarget).get('name')))
        }}
      >
        <Field label="Name of a new team" name="name" minLength={2} maxLength={64} hint="Part of addresses; never changes. Inviting people is next." autoCapitalize="none" spellCheck={false} required />
        <Button kind="primary" type="submit" disabled={creating.isPending}>Create team</Button>
      </form>
      <ErrorText error={creating.error} />
    </>
  )
}

function Deleted({ organization }: { organization: Organization }) {
  const teams = useQuery(organizationTeamsQuery(organization.name, true))
  if (!teams.data || teams.data.length === 0) return <ErrorText error={teams.error} />
  return (
    <section className="card section" aria-label="Deleted teams">
      <h2>Deleted teams</h2>
      <div className="table-scroll" tabIndex={0} role="region" aria-label={`Deleted teams of ${organization.name}`}>
        <table className="table">
          <thead><tr><th>Team</th><th>Deleted</th><th>Gone for good</th><th><span className="visually-hidden">Actions</span></th></tr></thead>
          <tbody>{teams.data.map((team) => <DeletedRow key={team.name} team={team} />)}</tbody>
        </table>
      </div>
    </section>
  )
}

function DeletedRow({ team }: { team: Team }) {
  const cache = useQueryClient()
  const restoring = useMutation({ mutationFn: () => restoreTeam(team.name), onSuccess: () => cache.invalidateQueries() })
  return (
    <tr>
      <td>{team.display_name}</td>
      <td><Ago time={team.deleted_at} /></td>
      <td>{formatTime(parseTime(team.expires_at) ?? 0)}</td>
      <td className="table-actions">
        <Button aria-label={`Restore ${team.name}`} disabled={restoring.isPending} onClick={() => restoring.mutate()}>Restore</Button>
        <ErrorText error={restoring.error} />
      </td>
    </tr>
  )
}
