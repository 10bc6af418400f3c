import { useQuery } from '@tanstack/react-query'
import { myTeamsQuery } from '../../api/teams.ts'
import type { User } from '../../api/users.ts'
import { maySend, roleName } from '../../lib/roles.ts'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Select } from '../../ui/Select.tsx'
import { useUserChange } from './useUserChange.ts'

/** Where runs go that name no entity. */
export function DefaultLocation({ user }: { user: User }) {
  const teams = useQuery(myTeamsQuery)
  const changing = useUserChange(user)
  const places = (teams.data?.items ?? []).filter((team) => maySend(team.role))
  return (
    <section className="card settings-card" aria-label="Projects">
      <h2>Projects</h2>
      <Select
        label="Default location to create new projects in"
        value={user.default_entity ?? ''}
        disabled={changing.isPending || !teams.data}
        options={places.map((team) => [team.name, team.kind === 'user' ? `${team.name} (personal)` : `${team.name} (${roleName(team.role)})`])}
        onChange={(event) => changing.mutate({ default_entity: event.target.value })}
      />
      <p className="quiet" role="status">{changing.isSuccess ? 'Saved. ' : ''}Runs that name no entity go there, from the next <code>wandb.init</code> on.</p>
      <ErrorText error={changing.error ?? teams.error} />
    </section>
  )
}
