import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { ApiError } from '../../api/request.ts'
import { sessionQuery } from '../../api/session.ts'
import { pictureOf, teamQuery, type Team } from '../../api/teams.ts'
import { Avatar } from '../../ui/Avatar.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { NotFound, Problem } from '../Problem.tsx'
import { ExportButton } from '../exports/ExportButton.tsx'
import { AskForSeat } from '../team/AskForSeat.tsx'
import { Invitations } from '../team/Invitations.tsx'
import { Members } from '../team/Members.tsx'
import { TeamReports } from '../reports/TeamReports.tsx'
import { About } from './About.tsx'
import { Activity } from './Activity.tsx'
import { Projects } from './Projects.tsx'
import { TrashedProjects } from './TrashedProjects.tsx'
import './entity.css'
import '../../ui/sections.css'

/** The page of a team: its projects and what it is for. Of a person: their projects. */
export function EntityPage() {
  return <Entity onMembers={false} />
}

/** Who is in a team. */
export function MembersPage() {
  return <Entity onMembers />
}

// Which part is shown is the route's word: the address is the next page's already while this one still stands.
function Entity({ onMembers }: { onMembers: boolean }) {
  const { entity = '' } = useParams({ strict: false })
  const own = useQuery(sessionQuery).data?.account?.username === entity
  const query = useQuery({ ...teamQuery(entity), enabled: !own })
  useTitle(query.data?.display_name ?? entity)
  // A personal space is no team, and somebody's public project may be all that one may see.
  const noTeam = own || (query.error instanceof ApiError && query.error.status === 404)
  if (query.error && !query.data && !noTeam) return <Problem error={query.error} retry={() => void query.refetch()} />
  if (!query.data && !noTeam) return <div className="page"><Loading what={entity} /></div>
  if (query.data) return <TeamHome team={query.data} onMembers={onMembers} />
  return onMembers ? <NotFound /> : <PersonHome name={entity} own={own} />
}

function PersonHome({ name, own }: { name: string; own: boolean }) {
  return (
    <div className="page">
      <Projects entity={name} mayLog={own} orElse={own ? undefined : <NotFound />} head={<div className="page-head"><h1>{name}</h1>{own ? <ExportButton order={{ scope: 'entity', entity: name }} what="your projects" /> : null}</div>} />
      {own ? <TrashedProjects entity={name} /> : null}
    </div>
  )
}

function TeamHome({ team, onMembers }: { team: Team; onMembers: boolean }) {
  const base = `/${encodeURIComponent(team.name)}`
  return (
    <div className="page">
      <div className="page-head">
        <Avatar name={team.name} shown={team.display_name} picture={pictureOf(team)} />
        <h1>{team.display_name}</h1>
        {team.organization ? <Link to="/orgs/$organization" params={{ organization: team.organization }}>{team.organization}</Link> : null}
        {team.details && team.details.projects > 0 ? <ExportButton order={{ scope: 'entity', entity: team.name }} what={`the team ${team.display_name}`} /> : null}
      </div>
      {team.details ? (
        <>
          <Tabs
            label="Parts of the team"
            tabs={[
              { to: base, name: 'Projects', count: team.details.projects, current: !onMembers },
              { to: `${base}/members`, name: 'Members', count: team.details.members, current: onMembers },
              { to: `/teams/${encodeURIComponent(team.name)}`, name: 'Settings', current: false },
            ]}
          />
          {onMembers ? <><Members team={team} /><Invitations team={team} settings={team.details.settings} /></> : (
            <div className="entity-columns">
              <div>
                <Projects entity={team.name} mayLog={team.role !== 'view-only'} head={null} />
                <TeamReports team={team.name} />
                <Activity entity={team.name} />
                <TrashedProjects entity={team.name} />
              </div>
              <About team={team} />
            </div>
          )}
        </>
      ) : <AskForSeat team={team} />}
    </div>
  )
}
