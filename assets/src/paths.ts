// Where things are, for links that leave the application's router.

/** The address of a run's file; each part of the path is escaped, its slashes stay. */
export function filePath(entity: string, project: string, run: string, file: string): string {
  return ['/files', entity, project, run, ...file.split('/')].map((part, index) => (index === 0 ? part : encodeURIComponent(part))).join('/')
}
