// Entities and their projects.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { ApiError, graphql } from './request.ts'

export type Project = {
  id: string
  name: string
  entityName: string
  description: string | null
  createdAt: string
  runCount: number
  lastRunAt: string | null
}
export type PageInfo = { endCursor: string | null; hasNextPage: boolean }

const PROJECTS = `query Projects($entity: String!, $after: String) {
  models(entityName: $entity, first: 50, after: $after) {
    edges { node { id name entityName description createdAt runCount lastRunAt } }
    pageInfo { endCursor hasNextPage }
  }
}`

type ProjectPage = { edges: { node: Project }[]; pageInfo: PageInfo }

async function projectsOf(entity: string, after: string | null): Promise<ProjectPage> {
  const { models } = await graphql<{ models: ProjectPage | null }>(PROJECTS, { entity, after })
  if (!models) throw new ApiError(404, 'NOT_FOUND', `${entity} not found`, null)
  return models
}

/** The projects of an entity, a page at a time. */
export const projectsQuery = (entity: string) =>
  infiniteQueryOptions({
    queryKey: ['projects', entity],
    queryFn: ({ pageParam }) => projectsOf(entity, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
    refetchInterval: 5_000,
  })

/** The first projects of an entity, and whether there are more. */
export const firstProjectsQuery = (entity: string) =>
  queryOptions({
    queryKey: ['first-projects', entity],
    queryFn: async () => {
      const page = await projectsOf(entity, null)
      return { projects: page.edges.map((edge) => edge.node), more: page.pageInfo.hasNextPage }
    },
    refetchInterval: 5_000,
  })
