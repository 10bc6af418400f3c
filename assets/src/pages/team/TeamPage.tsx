import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { teamQuery } from '../../api/teams.ts'
import { Loading } from '../../ui/Loading.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { Problem } from '../Problem.tsx'
import { Invitations } from './Invitations.tsx'
import { Members } from './Members.tsx'
import { ServiceAccounts } from './ServiceAccounts.tsx'
import { TeamSettings } from './TeamSettings.tsx'
import './team.css'

/** Who is in a team, and what it decides for itself. */
export function TeamPage() {
  const { team: name = '', tab = 'members' } = useParams({ strict: false }) as { team?: string; tab?: string }
  useTitle(`Team ${name}`)
  const query = useQuery(teamQuery(name))
  if (query.error && !query.data) return <Problem error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <div className="page"><Loading what="the team" /></div>
  const team = query.data
  return (
    <div className="page">
      <div className="page-head">
        <h1>{team.display_name}</h1>
        <Link to="/$entity" params={{ entity: team.name }}>Projects</Link>
        {team.organization ? <Link to="/orgs/$organization" params={{ organization: team.organization }}>{team.organization}</Link> : null}
      </div>
      {team.description ? <p>{team.description}</p> : null}
      {team.details ? (
        <>
          <Tabs
            label="Parts of the team"
            tabs={[
              { to: `/teams/${team.name}`, name: 'Members', count: team.details.members, current: tab === 'members' },
              { to: `/teams/${team.name}/service-accounts`, name: 'Service accounts', current: tab === 'service-accounts' },
              { to: `/teams/${team.name}/settings`, name: 'Settings and privacy', current: tab === 'settings' },
            ]}
          />
          {tab === 'service-accounts' ? <ServiceAccounts team={team} /> : null}
          {tab === 'settings' ? <TeamSettings team={team} details={team.details} /> : null}
          {tab === 'members' ? <><Members team={team} /><Invitations team={team} settings={team.details.settings} /></> : null}
        </>
      ) : <p>You are not a member of this team. Ask one of its admins to invite you.</p>}
    </div>
  )
}
