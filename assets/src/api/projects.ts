// Entities and their projects.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { graphql, rest } from './request.ts'

export type Entity = { name: string; kind: string; display_name: string | null; role: string | null }
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

export const entitiesQuery = queryOptions({ queryKey: ['entities'], queryFn: () => rest<Entity[]>('GET', '/teams') })

const PROJECTS = `query Projects($entity: String!, $after: String) {
  models(entityName: $entity, first: 50, after: $after) {
    edges { node { id name entityName description createdAt runCount lastRunAt } }
    pageInfo { endCursor hasNextPage }
  }
}`

type ProjectPage = { models: { edges: { node: Project }[]; pageInfo: PageInfo } }

/** The projects of an entity, a page at a time. */
export const projectsQuery = (entity: string) =>
  infiniteQueryOptions({
    queryKey: ['projects', entity],
    queryFn: ({ pageParam }) => graphql<ProjectPage>(PROJECTS, { entity, after: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ models: { pageInfo } }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
    refetchInterval: 5_000,
  })

/** The first projects of an entity, and whether there are more. */
export const firstProjectsQuery = (entity: string) =>
  queryOptions({
    queryKey: ['first-projects', entity],
    queryFn: async () => {
      const { models } = await graphql<ProjectPage>(PROJECTS, { entity, after: null })
      return { projects: models.edges.map((edge) => edge.node), more: models.pageInfo.hasNextPage }
    },
    refetchInterval: 5_000,
  })
