import { useInfiniteQuery, useQueries, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { firstProjectsQuery } from '../../api/projects.ts'
import { starredReportsQuery } from '../../api/reports.ts'
import { myTeamsQuery, pictureOf } from '../../api/teams.ts'
import { Avatar } from '../../ui/Avatar.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { ProjectTable } from '../../ui/ProjectTable.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { Begin } from '../Begin.tsx'
import { Problem } from '../Problem.tsx'
import { StarredReports } from './StarredReports.tsx'
import './home.css'

/** The projects of every entity that the account belongs to. */
export function Home() {
  useTitle('Projects')
  const entities = useQuery(myTeamsQuery)
  const groups = entities.data?.items ?? []
  const projects = useQueries({ queries: groups.map((entity) => firstProjectsQuery(entity.name)) })

  const starred = useInfiniteQuery(starredReportsQuery)

  const failed = [entities, ...projects].find((query) => query.error && !query.data)
  if (failed?.error) return <Problem error={failed.error} retry={() => void failed.refetch()} />
  // What stands above the projects is waited for, so that they do not move.
  const loaded = entities.data && !starred.isPending && projects.every((query) => query.data)
  const empty = loaded && projects.every((query) => query.data?.projects.length === 0)
  return (
    <div className="page">
      <div className="page-head"><h1>Projects</h1></div>
      {!loaded ? <Loading what="your projects" /> : null}
      {empty ? <Begin title="No projects yet" project="first-steps" /> : null}
      {loaded ? <StarredReports /> : null}
      {loaded && !empty
        ? groups.map((entity, index) => {
            const page = projects[index]?.data
            if (!page) return null
            return (
              <section key={entity.name} className="card home-entity" aria-label={entity.name}>
                <h2 className="home-name"><Avatar name={entity.name} shown={entity.display_name || entity.name} picture={pictureOf(entity)} size={24} /><Link to="/$entity" params={{ entity: entity.name }}>{entity.display_name || entity.name}</Link></h2>
                {page.projects.length > 0 ? <ProjectTable projects={page.projects} label={`Projects of ${entity.name}`} /> : <p className="quiet">No projects yet.</p>}
                {page.more ? <p><Link to="/$entity" params={{ entity: entity.name }}>All projects of {entity.name}</Link></p> : null}
              </section>
            )
          })
        : null}
    </div>
  )
}
