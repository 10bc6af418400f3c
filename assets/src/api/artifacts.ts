// Artifacts: the collections of a project, and one version with its files and its runs.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
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
  canDelete: boolean
  tags: { name: string }[]
  artifactType: { name: string }
  createdBy: ({ __typename: 'Run' } & RunLink) | { __typename: 'User'; username: string } | null
  usedBy: { edges: { node: RunLink }[] }
}
export type Membership = {
  versionIndex: number
  aliases: { alias: string }[]
  artifact: Version | null
  artifactCollection: {
    __typename: Collection['__typename']
    id: string
    name: string
    description: string | null
    canDelete: boolean
    artifacts: { totalCount: number; edges: { version: string; node: { id: string } | null }[] }
  } | null
}
/** A file or a reference; without a link for those who may look but not download. */
export type Entry = { path: string; sizeBytes: number; reference: string | null; directUrl: string | null }
export type FolderItem = ({ __typename: 'ArtifactEntry' } & Entry) | { __typename: 'ArtifactFolder'; name: string; fileCount: number; sizeBytes: number }
/** A path that two versions do not have alike. */
export type Change = { path: string; before: Entry | null; after: Entry | null }
export type LineageVersion = { id: string; versionIndex: number | null; artifactType: { name: string }; artifactSequence: { name: string; project: { name: string; entityName: string } | null } }
export type Lineage = { isCut: boolean; runs: ({ id: string } & RunLink)[]; artifacts: LineageVersion[]; edges: { runID: string; artifactID: string; made: boolean }[] }
type Paged<T> = { edges: { node: T }[]; pageInfo: PageInfo }
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
      artifactCollection { __typename id name description canDelete artifacts(first: 100) { totalCount edges { version node { id } } } }
      artifact {
        id digest description metadata size fileCount createdAt archiveUrl ttlDurationSeconds canDelete tags { name } artifactType { name }
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

const ENTRY = 'path sizeBytes reference directUrl'
const PAGE = 'pageInfo { endCursor hasNextPage }'

const FOLDER = `query ArtifactFolder($id: ID!, $path: String, $after: String) {
  artifact(id: $id) { folder(path: $path, first: 100, after: $after) { ${PAGE} edges { node {
    __typename ... on ArtifactEntry { ${ENTRY} } ... on ArtifactFolder { name fileCount sizeBytes }
  } } } }
}`

/** What lies directly in a folder of a version, a page at a time. Links are good for an hour, so they are asked for again before. */
export const folderQuery = (id: string, path: string) =>
  infiniteQueryOptions({
    queryKey: ['artifact-folder', id, path],
    queryFn: async ({ pageParam }) => {
      const answer = await graphql<{ artifact: { folder: Paged<FolderItem> } | null }>(FOLDER, { id, path, after: pageParam })
      if (!answer.artifact) throw new ApiError(404, 'NOT_FOUND', 'this version was deleted', null)
      return answer.artifact.folder
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
    refetchInterval: 30 * 60_000,
  })

const CHANGES = `query ArtifactChanges($id: ID!, $since: ID!, $after: String) {
  artifact(id: $id) { changesSince(artifactID: $since, first: 100, after: $after) { ${PAGE} edges { node {
    path before { ${ENTRY} } after { ${ENTRY} }
  } } } }
}`

/** The paths at which a version differs from another, a page at a time. */
export const changesQuery = (id: string, since: string) =>
  infiniteQueryOptions({
    queryKey: ['artifact-changes', id, since],
    queryFn: async ({ pageParam }) => {
      const answer = await graphql<{ artifact: { changesSince: Paged<Change> } | null }>(CHANGES, { id, since, after: pageParam })
      if (!answer.artifact) throw new ApiError(404, 'NOT_FOUND', 'this version was deleted', null)
      return answer.artifact.changesSince
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
    refetchInterval: 30 * 60_000,
  })

const LINEAGE = `query ArtifactLineage($id: ID!, $steps: Int) {
  artifact(id: $id) { lineage(steps: $steps) {
    isCut runs { id ${RUN} } edges { runID artifactID made }
    artifacts { id versionIndex artifactType { name } artifactSequence { name project { name entityName } } }
  } }
}`

/** Who made and used a version, what they made and used, and so on, so many steps from it. */
export const lineageQuery = (id: string, steps: number) =>
  queryOptions({
    queryKey: ['artifact-lineage', id, steps],
    queryFn: async () => {
      const answer = await graphql<{ artifact: { lineage: Lineage } | null }>(LINEAGE, { id, steps })
      if (!answer.artifact) throw new ApiError(404, 'NOT_FOUND', 'this version was deleted', null)
      return answer.artifact.lineage
    },
    placeholderData: keepPreviousData,
  })

/** The bytes that deleting a version frees: those that no other holds. */
export const freedByVersionQuery = (id: string) =>
  queryOptions({
    queryKey: ['freed-by-version', id],
    queryFn: async () => (await graphql<{ bytesHeldAlone: number }>('query Freed($id: ID!) { bytesHeldAlone(artifactIDs: [$id]) }', { id })).bytesHeldAlone,
  })

/** The bytes that deleting a collection with all its versions frees. */
export const freedByCollectionQuery = (id: string) =>
  queryOptions({
    queryKey: ['freed-by-collection', id],
    queryFn: async () => {
      const answer = await graphql<{ artifactCollection: { bytesHeldAlone: number } | null }>('query Freed($id: ID!) { artifactCollection(id: $id) { bytesHeldAlone } }', { id })
      return answer.artifactCollection?.bytesHeldAlone ?? 0
    },
  })

export const deleteVersion = (id: string) =>
  graphql('mutation Delete($id: ID!) { deleteArtifact(input: { artifactID: $id, deleteAliases: true }) { artifact { id } } }', { id })
export const deleteCollection = (id: string) =>
  graphql('mutation Delete($id: ID!) { deleteArtifactSequence(input: { artifactSequenceID: $id }) { artifactCollection { __typename } } }', { id })
