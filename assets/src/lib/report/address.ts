// Where reports are.

/** The page of a report; it is found by its id alone, the words before it are for people. */
export function reportPath({ entity, project, id, display_name: title }: { entity: string; project: string; id: string; display_name: string }): string {
  const slug = title.replace(/[^\p{L}\p{N}_]+/gu, '-').replace(/^-+|-+$/g, '')
  return `/${[entity, project, 'reports', `${slug}--${id}`].map(encodeURIComponent).join('/')}`
}

/** The id in the last part of a report's address. */
export function reportId(part: string): string {
  const cut = part.lastIndexOf('--')
  return (cut < 0 ? part : part.slice(cut + 2)).replace(/=+$/, '')
}
