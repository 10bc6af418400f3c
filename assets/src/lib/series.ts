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

export type LoggedImage = { step: number; files: { path: string; caption: string }[] }

/** The images that rows hold under a key: one file, or the files of a list of images. */
export function toImages(rows: Record<string, unknown>[], key: string): LoggedImage[] {
  return rows.flatMap((row) => {
    const value = row[key] as Record<string, unknown> | undefined
    const paths = typeof value?.['path'] === 'string' ? [value['path']] : Array.isArray(value?.['filenames']) ? value['filenames'] : []
    const captions = Array.isArray(value?.['captions']) ? value['captions'] : [value?.['caption']]
    const files = paths.map((path, index) => ({ path: String(path), caption: typeof captions[index] === 'string' ? captions[index] : '' }))
    return files.length > 0 ? [{ step: toNumber(row['_step']), files }] : []
  })
}
