import type { Team } from '../../api/teams.ts'

/** For colleagues who only know that the team is there: what it is for, and whom to ask. */
export function AskForSeat({ team }: { team: Team }) {
  return (
    <section className="card settings-card" aria-label="About the team">
      {team.description ? <p>{team.description}</p> : null}
      <p>
        You are not a member of this team.{' '}
        {team.admins.length > 0 ? <>Ask {team.admins.join(', ')} to invite you.</> : 'Ask one of its admins to invite you.'}
      </p>
    </section>
  )
}
