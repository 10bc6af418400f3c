// Artifacts: the collections of a project, and one version with its files and its runs.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { PageInfo } from './projects.ts'
import { ApiError, graphql } from './request.ts'

export type Collection = {
  __typename: 'ArtifactSequence' | 'ArtifactPortfolio'
  id: string
  name: string
  updatedAt: string
  defaultArtifactType: { name: string }
  artifacts: { totalCount: number; edges: { version: string; node: { size: number } | null }[] }
}
export type RunLink = { name: string; displayName: string | null; project: { name: string; entityName: string } }
export type Version = {
  id: string
  digest: string
  description: string | null
  metadata: string | null
  size: number
  fileCount: number
  createdAt: string
  /** All files as one; null for those who may look but not download. */
  archiveUrl: string | null
  ttlDurationSeconds: number
  tags: { name: string }[]
  artifactType: { name: string }
  createdBy: ({ __typename: 'Run' } & RunLink) | { __typename: 'User'; username: string } | null
  usedBy: { edges: { node: RunLink }[] }
}
export type Membership = {
  versionIndex: number
  aliases: { alias: string }[]
  artifact: Version | null
  artifactCollection: { id: string; name: string; description: string | null; artifacts: { totalCount: number; edges: { version: string }[] } } | null
}
export type ArtifactFile = { name: string; sizeBytes: number; digest: string; url: string | null }
export type VersionAddress = { entity: string; project: string; name: string }

const COLLECTIONS = `query Collections($entity: String!, $project: String!, $after: String) {
  project(name: $project, entityName: $entity) {
    artifactCollections(first: 50, after: $after, order: "-updated_at") {
      totalCount
      edges { node {
        __typename id name updatedAt defaultArtifactType { name }
        artifacts(first: 1) { totalCount edges { version node { size } } }
      } }
      pageInfo { endCursor hasNextPage }
    }
  }
}`

type CollectionPage = { totalCount: number; edges: { node: Collection }[]; pageInfo: PageInfo }

/** The artifacts of a project, latest change first, a page at a time. */
export const collectionsQuery = (entity: string, project: string) =>
  infiniteQueryOptions({
    queryKey: ['artifacts', entity, project],
    queryFn: async ({ pageParam }) => {
      const answer = await graphql<{ project: { artifactCollections: CollectionPage } | null }>(COLLECTIONS, { entity, project, after: pageParam })
      if (!answer.project) throw new ApiError(404, 'NOT_FOUND', `project ${entity}/${project} not found`, null)
      return answer.project.artifactCollections
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
    refetchInterval: 10_000,
  })

const RUN = 'name displayName project { name entityName }'

const VERSION = `query Version($entity: String!, $project: String!, $name: String!) {
  project(name: $project, entityName: $entity) {
    artifactCollectionMembership(name: $name) {
      versionIndex aliases { alias }
      artifactCollection { id name description artifacts(first: 100) { totalCount edges { version } } }
      artifact {
        id digest description metadata size fileCount createdAt archiveUrl ttlDurationSeconds tags { name } artifactType { name }
        createdBy { __typename ... on Run { ${RUN} } ... on User { username } }
        usedBy(first: 50) { edges { node { ${RUN} } } }
      }
    }
  }
}`

/** A version with its place in the collection that it was looked up in. */
export const versionQuery = ({ entity, project, name }: VersionAddress) =>
  queryOptions({
    queryKey: ['artifact', entity, project, name],
    queryFn: async () => {
      const answer = await graphql<{ project: { artifactCollectionMembership: Membership | null } | null }>(VERSION, { entity, project, name })
      const found = answer.project?.artifactCollectionMembership
      if (!found?.artifact) throw new ApiError(404, 'NOT_FOUND', `artifact ${entity}/${project}/${name} not found`, null)
      return { ...found, artifact: found.artifact }
    },
  })

const FILES = `query ArtifactFiles($id: ID!, $after: String) {
  artifact(id: $id) { files(first: 100, after: $after) { edges { node { name sizeBytes digest url } } pageInfo { endCursor hasNextPage } } }
}`

type FilePage = { edges: { node: ArtifactFile }[]; pageInfo: PageInfo }

/** The files of a version, a page at a time. Their links are good for an hour, so they are asked for again before. */
export const artifactFilesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['artifact-files', id],
    queryFn: async ({ pageParam }) => {
      const answer = await graphql<{ artifact: { files: FilePage } | null }>(FILES, { id, after: pageParam })
      if (!answer.artifact) throw new ApiError(404, 'NOT_FOUND', 'this version was deleted', null)
      return answer.artifact.files
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
    refetchInterval: 30 * 60_000,
  })
