// Registries of an organization: what there is, one of them with its members, and making one.
import { queryOptions } from '@tanstack/react-query'
import { ApiError, graphql } from './request.ts'

/** What the names of registries begin with, where they stand beside those of projects. */
const PREFIX = 'wandb-registry-'

export type Registry = {
  id: string
  name: string
  description: string
  access: 'PRIVATE' | 'RESTRICTED'
  updatedAt: string
  allowAllArtifactTypesInRegistry: boolean
  artifactTypes: { edges: { node: { name: string } }[] }
  artifactCollections: { totalCount: number }
}
export type RegistryRole = { role: { name: string } }
export type RegistryMembers = {
  members: ({ id: string; name: string | null; username: string | null } & RegistryRole)[]
  teamMembers: ({ team: { id: string; name: string } } & RegistryRole)[]
}

/** The name that people use, and the one of the project that a registry is kept as. */
export const shortName = (project: string) => project.replace(PREFIX, '')
export const projectName = (registry: string) => PREFIX + registry

const FIELDS = `id name description access updatedAt allowAllArtifactTypesInRegistry
  artifactTypes(includeAll: true) { edges { node { name } } } artifactCollections(first: 1) { totalCount }`

const REGISTRIES = `query Registries($organization: String!) {
  organization(name: $organization) { orgEntity { readOnly projects(first: 500, order: "name") { edges { node { ${FIELDS} } } } } }
}`

type Registries = { organization: { orgEntity: { readOnly: boolean; projects: { edges: { node: Registry }[] } } } | null }

/** The registries that one may see, and whether one may make more. */
export const registriesQuery = (organization: string) =>
  queryOptions({
    queryKey: ['registries', organization],
    queryFn: async () => {
      const { organization: found } = await graphql<Registries>(REGISTRIES, { organization })
      if (!found) throw new ApiError(404, 'NOT_FOUND', `organization ${organization} not found`, null)
      return { mayCreate: !found.orgEntity.readOnly, registries: found.orgEntity.projects.edges.map((edge) => edge.node) }
    },
  })

const REGISTRY = `query Registry($organization: String!, $project: String!) {
  project(name: $project, entityName: $organization) {
    ${FIELDS} members { id name username role { name } } teamMembers { team { id name } role { name } }
  }
}`

export const registryQuery = (organization: string, name: string) =>
  queryOptions({
    queryKey: ['registries', organization, name],
    queryFn: async () => {
      const { project } = await graphql<{ project: (Registry & RegistryMembers) | null }>(REGISTRY, { organization, project: projectName(name) })
      if (!project) throw new ApiError(404, 'NOT_FOUND', `registry ${name} not found`, null)
      return project
    },
  })

const CREATE = `mutation CreateRegistry($input: UpsertModelInput!) { upsertModel(input: $input) { inserted } }`

export async function createRegistry(organization: string, name: string, access: string): Promise<void> {
  const input = { entityName: organization, name: projectName(name), access, allowAllArtifactTypesInRegistry: true }
  await graphql(CREATE, { input })
}
