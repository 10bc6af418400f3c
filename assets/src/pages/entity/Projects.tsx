import { useInfiniteQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { projectsQuery } from '../../api/projects.ts'
import { Button } from '../../ui/Button.tsx'
import { EmptyRows } from '../../ui/EmptyRows.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { ProjectTable } from '../../ui/ProjectTable.tsx'
import { Begin } from '../Begin.tsx'
import { Problem } from '../Problem.tsx'

type Props = { entity: string; mayLog: boolean; head: ReactNode; /** Instead of all, where there are none that one may know of. */ orElse?: ReactNode }

/** The projects of a person or team. Who may log learns how when there are none. */
export function Projects({ entity, mayLog, head, orElse }: Props) {
  const query = useInfiniteQuery(projectsQuery(entity))
  if (query.error && !query.data) return <Problem error={query.error} retry={() => void query.refetch()} />
  const projects = query.data?.pages.flatMap((page) => page.edges.map((edge) => edge.node)) ?? []
  if (query.data && projects.length === 0 && orElse) return orElse
  return (
    <div className="entity-projects">
      {head}
      {!query.data ? <Loading what="projects" /> : null}
      {query.data && projects.length === 0 ? (
        mayLog ? <Begin title={`No projects in ${entity} yet`} entity={entity} project="first-steps" /> : <div className="card"><EmptyRows text={`No projects in ${entity} yet. With the role View-Only you see them here once somebody logs.`} /></div>
      ) : null}
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
