import type { Team } from '../../api/teams.ts'
import { DeleteTeam } from './DeleteTeam.tsx'
import { General } from './General.tsx'
import { Privacy } from './Privacy.tsx'
import { ProjectPrivacy } from './ProjectPrivacy.tsx'
import { Webhooks } from './Webhooks.tsx'

export type Details = NonNullable<Team['details']>

/** What a team decides for itself; what its organization decided is shown with who did. */
export function TeamSettings({ team, details }: { team: Team; details: Details }) {
  return (
    <>
      <General team={team} />
      <Privacy team={team} settings={details.settings} />
      <ProjectPrivacy team={team} />
      <Webhooks entity={team.name} mayManage={team.can_manage} />
      <DeleteTeam team={team} details={details} />
    </>
  )
}
