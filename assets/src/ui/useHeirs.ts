import { useQuery } from '@tanstack/react-query'
import { membersQuery } from '../api/teams.ts'
import { maySend } from '../lib/roles.ts'

/** To whom something of a team can be handed over by who has it now: people with a seat who may log, as choices of a `Select`. */
export function useHeirs(entity: string, owner: string): [username: string, name: string][] {
  const members = useQuery(membersQuery(entity)).data ?? []
  const heirs = members.filter(({ username, role, account_kind: kind }) => username !== owner && maySend(role) && kind === 'user')
  return heirs.map(({ username, name }) => [username, `${name} (${username})`])
}
