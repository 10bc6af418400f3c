// Rows of history as what a chart draws.

/** A logged number; JSON has no NaN and infinities, they come as text. */
export function toNumber(value: unknown): number {
  if (typeof value === 'number') return value
  return value === 'Infinity' ? Infinity : value === '-Infinity' ? -Infinity : Number.NaN
}

/** The rows that have both keys, ascending in x. */
export function toSeries(rows: Record<string, unknown>[], xKey: string, yKey: string): { x: Float64Array; y: Float64Array } {
  const points = rows
    .filter((row) => row[yKey] !== undefined && Number.isFinite(toNumber(row[xKey])))
    .map((row) => [toNumber(row[xKey]), toNumber(row[yKey])] as const)
    .sort(([left], [right]) => left - right)
  return { x: Float64Array.from(points, ([x]) => x), y: Float64Array.from(points, ([, y]) => y) }
}

export type LoggedFiles = { step: number; files: { path: string; caption: string }[] }

/** The files that rows hold under a key: one, or those of a list; its members are named, or stand under the name of its type. */
export function toFiles(rows: Record<string, unknown>[], key: string): LoggedFiles[] {
  return rows.flatMap((row) => {
    const value = row[key] as Record<string, unknown> | undefined
    const listed = value?.['filenames'] ?? value?.[String(value['_type'])]
    const members = Array.isArray(listed) ? listed.map((member: unknown) => (typeof member === 'string' ? member : (member as { path?: unknown } | null)?.path)) : []
    const paths = (typeof value?.['path'] === 'string' ? [value['path']] : members).filter((path) => typeof path === 'string')
    const captions = Array.isArray(value?.['captions']) ? value['captions'] : [value?.['caption']]
    const files = paths.map((path, index) => ({ path, caption: typeof captions[index] === 'string' ? captions[index] : '' }))
    return files.length > 0 ? [{ step: toNumber(row['_step']), files }] : []
  })
}
