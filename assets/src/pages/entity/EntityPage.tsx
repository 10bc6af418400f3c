import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { projectsQuery } from '../../api/projects.ts'
import { sessionQuery } from '../../api/session.ts'
import { Button } from '../../ui/Button.tsx'
import { FirstSteps } from '../../ui/FirstSteps.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { ProjectTable } from '../../ui/ProjectTable.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { Problem } from '../Problem.tsx'

/** A person's or team's projects. */
export function EntityPage() {
  const { entity = '' } = useParams({ strict: false })
  useTitle(entity)
  const query = useInfiniteQuery(projectsQuery(entity))
  const isTeam = useQuery(sessionQuery).data?.account?.teams.includes(entity) ?? false
  if (query.error && !query.data) return <Problem error={query.error} retry={() => void query.refetch()} />
  const projects = query.data?.pages.flatMap((page) => page.edges.map((edge) => edge.node)) ?? []
  return (
    <div className="page">
      <div className="page-head">
        <h1>{entity}</h1>
        {isTeam ? <Link to="/teams/$team" params={{ team: entity }}>Members and settings</Link> : null}
      </div>
      {!query.data ? <Loading what="projects" /> : null}
      {query.data && projects.length === 0 ? <FirstSteps title={`No projects in ${entity} yet`} entity={entity} project="first-steps" /> : null}
      {projects.length > 0 ? (
        <div className="card">
          <ProjectTable projects={projects} label={`Projects of ${entity}`} />
          {query.hasNextPage ? (
            <div className="table-more"><Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>Show more projects</Button></div>
          ) : null}
        </div>
      ) : null}
    </div>
  )
}
