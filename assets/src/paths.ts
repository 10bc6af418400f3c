// Where things are.

/** What stands before every address here: `/ml/runs` of https://example.org/ml/runs; empty where the server has the root of its host. */
export const BASE = globalThis.document?.documentElement.dataset['base'] ?? ''

/** The address of this server, for clients. */
export function serverAddress(): string {
  return location.origin + BASE
}

/** The address of a run's file; each part of the path is escaped, its slashes stay. */
export function filePath(entity: string, project: string, run: string, file: string): string {
  return [`${BASE}/files`, entity, project, run, ...file.split('/')].map((part, index) => (index === 0 ? part : encodeURIComponent(part))).join('/')
}

/** The address of a run as one ZIP, with all that made it and came out of it. */
export function archivePath({ entity, project, run }: { entity: string; project: string; run: string }): string {
  return `${BASE}/api/v1/projects/${[entity, project].map(encodeURIComponent).join('/')}/runs/${encodeURIComponent(run)}/archive.zip`
}

/** How many runs are compared at once. */
export const COMPARED_MAX = 50

/** The page that compares runs of a project, the first of them as what the others are held against. */
export function comparePath({ entity, project }: { entity: string; project: string }): string {
  return `/${[entity, project, 'compare'].map(encodeURIComponent).join('/')}`
}

/** Names of runs as one word of an address. */
export const writeNames = (names: string[]) => names.map(encodeURIComponent).join(',')
export const readNames = (text: string) => text.split(',').filter(Boolean).map(decodeURIComponent)

/** The page of a run, for links between pages, which know what stands before it. */
export function runPath({ entity, project, run }: { entity: string; project: string; run: string }): string {
  return `/${[entity, project, 'runs', run].map(encodeURIComponent).join('/')}`
}
