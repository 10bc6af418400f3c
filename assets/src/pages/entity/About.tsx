import { Link } from '@tanstack/react-router'
import type { Team } from '../../api/teams.ts'
import { ROLE_HINTS, roleName } from '../../lib/roles.ts'

/** What a team is for, and what one may do in it. */
export function About({ team }: { team: Team }) {
  if (!team.details) return null
  const { members, projects, runs, settings } = team.details
  return (
    <aside className="card entity-about" aria-label="About">
      <h2>About</h2>
      <p className="entity-text">{team.description || <span className="quiet">Nobody wrote yet what this team is for.</span>}</p>
      <dl className="facts">
        <dt>Your role</dt><dd title={ROLE_HINTS[team.role ?? '']}>{team.role ? roleName(team.role) : 'none'}</dd>
        <dt>Members</dt><dd>{members.toLocaleString()}</dd>
        <dt>Projects</dt><dd>{projects.toLocaleString()}</dd>
        <dt>Runs</dt><dd>{runs.toLocaleString()}</dd>
        <dt>Seen by</dt><dd>{settings.hidden ? 'its own people: the team is hidden' : 'its people; colleagues know of it'}</dd>
        {team.admins.length > 0 ? <><dt>Admins</dt><dd>{team.admins.join(', ')}</dd></> : null}
      </dl>
      {team.can_manage ? <p><Link to="/teams/$team" params={{ team: team.name }}>Change name, text and privacy</Link></p> : null}
    </aside>
  )
}
