import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { sessionQuery } from '../../api/session.ts'
import { membersQuery, setRole, stakeQuery, type Member, type Stake, type Team } from '../../api/teams.ts'
import { ROLE_HINTS, roleName, TEAM_ROLES } from '../../lib/roles.ts'
import { readSort, sorted, writeSort } from '../../lib/sort.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { CsvButton } from '../../ui/CsvButton.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { ListSection, type Column } from '../../ui/ListSection.tsx'
import { Select } from '../../ui/Select.tsx'
import { useUrl } from '../../ui/useUrl.ts'
import { RemoveMember } from './RemoveMember.tsx'
import { SuspendKeys } from './SuspendKeys.tsx'

const HEADS: Column[] = [{ name: 'Name', sort: 'name' }, { name: 'E-mail', sort: 'email' }, { name: 'Role', sort: 'role' }, { name: 'Joined', sort: 'joined_at' }]
/** Of the file. */
const COLUMNS = ['username', 'name', 'email', 'role', 'joined_at'] as const

/** Everybody with a seat; admins change roles and remove, everybody may leave. */
export function Members({ team }: { team: Team }) {
  const members = useQuery(membersQuery(team.name))
  const self = useQuery(sessionQuery).data?.account?.username
  const [url, setUrl] = useUrl()
  const text = url['find'] ?? ''
  const sort = readSort(url['sort'], 'joined_at')
  const onSort = (chosen: typeof sort) => setUrl({ sort: writeSort(chosen) })
  const found = (members.data ?? []).filter((member) => matches(member, text, url['role'] ?? ''))
  const shown = sorted(found, sort, (member, column) => member[column as (typeof COLUMNS)[number]] ?? null)
  const admins = (members.data ?? []).filter((member) => member.role === 'admin').length
  return (
    <ListSection
      title="Members" label={`Members of ${team.name}`} columns={HEADS} sort={sort} onSort={onSort} error={members.error} isPending={members.isPending}
      tools={<>
        <Field label="Find members" type="search" value={text} onChange={(event) => setUrl({ find: event.target.value })} placeholder="a part of the name" />
        <Select label="Role" value={url['role'] ?? ''} options={[['', 'All'], ...TEAM_ROLES, ['service', 'Service']]} onChange={(event) => setUrl({ role: event.target.value })} />
        <CsvButton name={`members-of-${team.name}`} columns={[...COLUMNS]} rows={() => shown.map((member) => COLUMNS.map((column) => member[column]))} />
      </>}
      empty={{ text: 'Nobody is in this team.', filter: text || (url['role'] ?? ''), onClear: () => setUrl({ find: '', role: '' }) }}
      rows={shown.map((member) => (
        <Row key={member.username} team={team} member={member} self={member.username === self} last={admins === 1 && member.role === 'admin'} />
      ))}
    />
  )
}

function matches({ username, name, email, role }: Member, text: string, wanted: string): boolean {
  const sought = text.toLowerCase()
  return (wanted === '' || role === wanted) && [username, name, email ?? ''].some((word) => word.toLowerCase().includes(sought))
}

type RowProps = { team: Team; member: Member; self: boolean; /** The only admin, without whom the team cannot be. */ last: boolean }

function Row({ team, member, self, last }: RowProps) {
  const cache = useQueryClient()
  const [asking, setAsking] = useState(false)
  const changing = useMutation({
    mutationFn: (role: string) => setRole(team.name, member.username, role),
    onSettled: () => cache.invalidateQueries({ queryKey: ['team'] }),
  })
  const [atStake, setAtStake] = useState<Stake | null>(null)
  // Who is made view-only everywhere loses the use of their keys: that is said before.
  const weighing = useMutation({
    mutationFn: () => cache.fetchQuery({ ...stakeQuery(team.name, member.username), staleTime: 0 }),
    onSuccess: (stake) => (stake.keys_by_seat > 0 ? setAtStake(stake) : changing.mutate('view-only')),
  })
  const person = member.account_kind === 'user'
  const reason = last ? 'The last admin stays: make somebody else admin first' : undefined
  return (
    <tr>
      <td>{member.name} <span className="quiet">{member.username}</span></td>
      <td>{member.email ?? '—'}</td>
      <td title={ROLE_HINTS[member.role]}>
        {team.can_manage && person && !member.directory_group ? (
          <Select
            label={`Role of ${member.username}`} hidden options={TEAM_ROLES} value={member.role} disabled={changing.isPending || weighing.isPending || last} title={reason}
            onChange={(event) => (event.target.value === 'view-only' ? weighing.mutate() : changing.mutate(event.target.value))}
          />
        ) : roleName(member.role)}
        {member.directory_group ? <span className="quiet"> by the group {member.directory_group} of the directory</span> : null}
        <ErrorText error={changing.error ?? weighing.error} />
        {atStake ? <SuspendKeys stake={atStake} onClose={() => setAtStake(null)} onConfirm={() => { setAtStake(null); changing.mutate('view-only') }} /> : null}
      </td>
      <td><Ago time={member.joined_at} /></td>
      <td className="table-actions">
        {person && !member.directory_group && (team.can_manage || self) ? (
          <Button aria-label={self ? `Leave ${team.name}` : `Remove ${member.username}`} disabled={last} title={reason} onClick={() => setAsking(true)}>{self ? 'Leave' : 'Remove'}</Button>
        ) : null}
        {asking ? <RemoveMember team={team} username={member.username} self={self} onClose={() => setAsking(false)} /> : null}
      </td>
    </tr>
  )
}
