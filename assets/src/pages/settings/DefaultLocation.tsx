import { useQuery } from '@tanstack/react-query'
import { destinationsQuery } from '../../api/moves.ts'
import { myTeamsQuery } from '../../api/teams.ts'
import type { User } from '../../api/users.ts'
import { roleName } from '../../lib/roles.ts'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Select } from '../../ui/Select.tsx'
import { useUserChange } from './useUserChange.ts'

/** Where runs go that name no entity. */
export function DefaultLocation({ user }: { user: User }) {
  const teams = useQuery(myTeamsQuery)
  const changing = useUserChange(user)
  // Where one may log is for the server to say: personal spaces may be switched off.
  const open = useQuery(destinationsQuery).data?.map(({ entity }) => entity) ?? []
  const places = (teams.data?.items ?? []).filter((team) => open.includes(team.name))
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
