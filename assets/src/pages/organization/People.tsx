import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { allPeople, peopleQuery, setOrganizationRole, type Organization, type Person } from '../../api/organizations.ts'
import { ORGANIZATION_ROLES, roleName } from '../../lib/roles.ts'
import { readSort, writeSort } from '../../lib/sort.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { CsvButton } from '../../ui/CsvButton.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { ListSection, type Column } from '../../ui/ListSection.tsx'
import { Select } from '../../ui/Select.tsx'
import { useUrl } from '../../ui/useUrl.ts'
import { AddPerson } from './AddPerson.tsx'
import { InvitePeople } from './InvitePeople.tsx'
import { ManagePerson } from './ManagePerson.tsx'

const STATES: [string, string][] = [['', 'All'], ['active', 'Active'], ['deactivated', 'Deactivated']]
const SOURCES: [string, string][] = [['', 'All'], ['local', 'Local'], ['directory', 'Directory']]
const HEADS: Column[] = [
  { name: 'Username', sort: 'username' }, { name: 'Name', sort: 'name' }, { name: 'E-mail' }, { name: 'Role', sort: 'role' }, { name: 'Source', sort: 'source' },
  { name: 'Teams' }, { name: 'Last active', sort: 'last_seen_at' }, { name: 'State' },
]
/** Of the file. */
const COLUMNS = ['username', 'name', 'email', 'role', 'source', 'teams', 'joined_at', 'last_active', 'state']

/** Everybody who belongs to an organization. The server sorts and filters: there may be thousands. */
export function People({ organization }: { organization: Organization }) {
  const [url, setUrl] = useUrl()
  const search = { query: url['find'] ?? '', role: url['role'] ?? '', state: url['state'] ?? '', source: url['source'] ?? '', sort: url['sort'] ?? '' }
  const people = useInfiniteQuery({ ...peopleQuery(organization.name, search), placeholderData: keepPreviousData })
  const items = people.data?.pages.flatMap((page) => page.items) ?? []
  const sort = readSort(search.sort, 'username')
  const onSort = (chosen: typeof sort) => setUrl({ sort: writeSort(chosen) })
  return (
    <>
      {organization.can_manage ? <InvitePeople organization={organization} /> : null}
      <ListSection
        title="People" label={`People of ${organization.name}`} columns={HEADS} sort={sort} onSort={onSort} error={people.error} isPending={people.isPending}
        lead={organization.can_manage ? <AddPerson organization={organization} /> : null}
        tools={<>
          <Field label="Find people" type="search" value={search.query} onChange={(event) => setUrl({ find: event.target.value })} placeholder="a part of the name" />
          <Select label="Role" value={search.role} options={[['', 'All'], ...ORGANIZATION_ROLES]} onChange={(event) => setUrl({ role: event.target.value })} />
          <Select label="State" value={search.state} options={STATES} onChange={(event) => setUrl({ state: event.target.value })} />
          <Select label="Source" value={search.source} options={SOURCES} onChange={(event) => setUrl({ source: event.target.value })} />
          <CsvButton name={`people-of-${organization.name}`} columns={COLUMNS} rows={async () => (await allPeople(organization.name, search)).map(cells)} />
        </>}
        empty={{
          text: 'Nobody belongs to this organization.',
          filter: [search.query, search.role, search.state, search.source].filter(Boolean).join(', '),
          onClear: () => setUrl({ find: '', role: '', state: '', source: '' }),
        }}
        rows={items.map((person) => <Row key={person.username} organization={organization} person={person} />)}
        more={people.hasNextPage ? <div className="table-more"><Button disabled={people.isFetchingNextPage} onClick={() => void people.fetchNextPage()}>Show more people</Button></div> : null}
      />
    </>
  )
}

const teamsText = ({ teams }: Person) => teams.map(({ team, role }) => `${team} (${roleName(role)})`).join(', ')
const state = ({ active }: Person) => (active ? 'active' : 'deactivated')
const cells = (person: Person) => [person.username, person.name, person.email, person.role, person.source, teamsText(person), person.joined_at, person.last_seen_at, state(person)]

function Row({ organization, person }: { organization: Organization; person: Person }) {
  const cache = useQueryClient()
  const [open, setOpen] = useState(false)
  const changing = useMutation({
    mutationFn: (role: string) => setOrganizationRole(organization.name, person.username, role),
    onSettled: () => cache.invalidateQueries({ queryKey: ['organization'] }),
  })
  const teams = teamsText(person)
  return (
    <tr>
      <td>{person.username}</td>
      <td>{person.name}</td>
      <td>{person.email ?? <span className="quiet">—</span>}</td>
      <td>
        {organization.can_manage && person.active ? (
          <Select label={`Role of ${person.username}`} hidden options={ORGANIZATION_ROLES} value={person.role} disabled={changing.isPending} onChange={(event) => changing.mutate(event.target.value)} />
        ) : roleName(person.role)}
        <ErrorText error={changing.error} />
      </td>
      <td>{person.source === 'directory' ? 'Directory' : 'Local'}</td>
      <td className="people-teams truncate" title={teams}>{teams || <span className="quiet">—</span>}</td>
      <td>{person.last_seen_at ? <Ago time={person.last_seen_at} /> : <span className="quiet">—</span>}</td>
      <td>{state(person)}</td>
      <td className="table-actions">
        {organization.can_manage ? <Button aria-label={`Manage ${person.username}`} onClick={() => setOpen(true)}>Manage</Button> : null}
        {open ? <ManagePerson organization={organization} person={person} onClose={() => setOpen(false)} /> : null}
      </td>
    </tr>
  )
}
