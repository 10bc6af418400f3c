import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { pictureOf, teamQuery, type Team } from '../../api/teams.ts'
import { Avatar } from '../../ui/Avatar.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { NotFound, Problem } from '../Problem.tsx'
import { AuditLog } from '../audit/AuditLog.tsx'
import { Moves } from '../moves/Moves.tsx'
import { ServiceAccounts } from '../service/ServiceAccounts.tsx'
import { AskForSeat } from './AskForSeat.tsx'
import { Invitations } from './Invitations.tsx'
import { Members } from './Members.tsx'
import { TeamSettings } from './TeamSettings.tsx'
import '../../ui/sections.css'

const TABS = ['settings', 'members', 'service-accounts', 'moves', 'audit']

/** What a team decides for itself, and who and what works in it. */
export function TeamPage() {
  const { team: name = '', tab = 'settings' } = useParams({ strict: false }) as { team?: string; tab?: string }
  useTitle(`Settings of ${name}`)
  const query = useQuery(teamQuery(name))
  if (!TABS.includes(tab)) return <NotFound />
  if (query.error && !query.data) return <Problem error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <div className="page"><Loading what="the team" /></div>
  const team = query.data
  return (
    <div className="page">
      <div className="page-head">
        <Avatar name={team.name} shown={team.display_name} picture={pictureOf(team)} />
        <h1>{team.display_name}</h1>
        <Link to="/$entity" params={{ entity: team.name }}>Projects</Link>
        {team.organization ? <Link to="/orgs/$organization" params={{ organization: team.organization }}>{team.organization}</Link> : null}
      </div>
      {team.details ? (
        <>
          <TeamTabs team={team} current={tab} />
          {tab === 'settings' ? <TeamSettings team={team} details={team.details} /> : null}
          {tab === 'members' ? <><Members team={team} /><Invitations team={team} settings={team.details.settings} /></> : null}
          {tab === 'service-accounts' ? <ServiceAccounts home={{ kind: 'teams', name: team.name }} mayManage={team.can_manage} who="a team admin" /> : null}
          {tab === 'moves' ? <Moves team={team.name} /> : null}
          {tab === 'audit' ? <AuditLog team={team.name} /> : null}
        </>
      ) : <AskForSeat team={team} />}
    </div>
  )
}

function TeamTabs({ team, current }: { team: Team; current: string }) {
  const base = `/teams/${encodeURIComponent(team.name)}`
  return (
    <Tabs
      label="Parts of the team"
      tabs={[
        { to: base, name: 'General and privacy', current: current === 'settings' },
        { to: `${base}/members`, name: 'Members', count: team.details?.members ?? 0, current: current === 'members' },
        { to: `${base}/service-accounts`, name: 'Service accounts', current: current === 'service-accounts' },
        ...(team.can_manage ? [{ to: `${base}/moves`, name: 'Moves', current: current === 'moves' }] : []),
        ...(team.can_manage ? [{ to: `${base}/audit`, name: 'Audit log', current: current === 'audit' }] : []),
      ]}
    />
  )
}
