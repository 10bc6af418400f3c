import type { Settings, Team } from '../../api/teams.ts'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { PrivacyFields } from '../../ui/PrivacyFields.tsx'
import { useTeamChange } from './useTeamChange.ts'

/** Who learns of a team and of what it does; everybody in it sees the settings, its admins change them. */
export function Privacy({ team, settings }: { team: Team; settings: Settings }) {
  const changing = useTeamChange(team)
  return (
    <section className="card settings-card" aria-label="Privacy">
      <h2>Privacy</h2>
      {team.can_manage ? null : <p className="quiet">Only a team admin changes these settings{team.admins.length > 0 ? `: ${team.admins.join(', ')}` : ''}.</p>}
      <PrivacyFields settings={{ ...settings, ...(changing.isPending ? changing.variables.settings : {}) }} mayChange={team.can_manage} pending={changing.isPending} onChange={(change) => changing.mutate({ settings: change })} />
      <ErrorText error={changing.error} />
    </section>
  )
}
