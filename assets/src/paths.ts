// Where things are.

/** The address of a run's file; each part of the path is escaped, its slashes stay. */
export function filePath(entity: string, project: string, run: string, file: string): string {
  return ['/files', entity, project, run, ...file.split('/')].map((part, index) => (index === 0 ? part : encodeURIComponent(part))).join('/')
}

/** The address of a run as one ZIP, with all that made it and came out of it. */
export function archivePath({ entity, project, run }: { entity: string; project: string; run: string }): string {
  return `/api/v1/projects/${[entity, project].map(encodeURIComponent).join('/')}/runs/${encodeURIComponent(run)}/archive.zip`
}

/** The page of a run. */
export function runPath({ entity, project, run }: { entity: string; project: string; run: string }): string {
  return `/${[entity, project, 'runs', run].map(encodeURIComponent).join('/')}`
}
