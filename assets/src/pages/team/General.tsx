import type { Team } from '../../api/teams.ts'
import { formatTime, parseTime } from '../../lib/format.ts'
import { roleName } from '../../lib/roles.ts'
import { NameForm } from '../../ui/NameForm.tsx'
import { Picture } from './Picture.tsx'
import { useTeamChange } from './useTeamChange.ts'

/** What a team is called and what it is for. */
export function General({ team }: { team: Team }) {
  const changing = useTeamChange(team)
  return (
    <section className="card settings-card" aria-label="General">
      <h2>General</h2>
      <dl className="facts">
        <dt>Name in addresses</dt><dd><code>{team.name}</code>, it never changes</dd>
        <dt>Made</dt><dd>{formatTime(parseTime(team.created_at) ?? 0)}</dd>
        <dt>Your role</dt><dd>{team.role ? roleName(team.role) : 'none; you administer its organization or the server'}</dd>
        {team.can_manage ? null : <><dt>Display name</dt><dd>{team.display_name}</dd><dt>What it is for</dt><dd>{team.description || '—'}</dd></>}
      </dl>
      {team.can_manage ? <Picture team={team} /> : null}
      {team.can_manage ? (
        <NameForm names={team} about="What the team is for" error={changing.error} pending={changing.isPending} saved={changing.isSuccess} onSave={changing.mutate} />
      ) : null}
    </section>
  )
}
