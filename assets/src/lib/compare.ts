// What differs between runs, and which of two numbers is the better one.

export type Direction = 'up' | 'down' | null

/** The leaves of a document by their dotted paths. A list, and media, count as one thing. */
export function leaves(document: Record<string, unknown>, prefix = ''): Map<string, unknown> {
  const found = new Map<string, unknown>()
  for (const [name, value] of Object.entries(document)) {
    const path = prefix === '' ? name : `${prefix}.${name}`
    const opens = typeof value === 'object' && value !== null && !Array.isArray(value) && !('_type' in value) && Object.keys(value).length > 0
    if (opens) for (const [below, leaf] of leaves(value as Record<string, unknown>, path)) found.set(below, leaf)
    else found.set(path, value)
  }
  return found
}

/** A row of the comparison: what each run has under a path, in the order of the runs. */
export type Compared = { path: string; values: unknown[]; differs: boolean }

const collator = new Intl.Collator('en', { numeric: true })

/** Everything that any of the documents has, in reading order. What a run lacks is `undefined`, which differs from any value. */
export function compared(documents: Record<string, unknown>[]): Compared[] {
  const each = documents.map((document) => leaves(document))
  const paths = [...new Set(each.flatMap((found) => [...found.keys()]))].sort(collator.compare)
  return paths.map((path) => {
    const values = each.map((found) => found.get(path))
    const differs = new Set(values.map((value) => JSON.stringify(value))).size > 1
    return { path, values, differs }
  })
}

const LOWER = /(^|[^a-z])(loss|err|error|mae|mse|rmse|perplexity|ppl|wer|cer|fid|latency|regret|nll)([^a-z]|$)/i
const HIGHER = /(^|[^a-z])(acc|accuracy|f1|auc|auroc|precision|recall|score|reward|return|iou|map|bleu|rouge|r2|psnr|ssim|throughput)([^a-z]|$)/i

/** What is better by the name of a metric, as far as names tell: less of a loss, more of an accuracy. */
export function usualDirection(path: string): Direction {
  if (LOWER.test(path)) return 'down'
  return HIGHER.test(path) ? 'up' : null
}

/** Which directions people chose, as an address holds them: `loss:up,steps:-`. */
export function readDirections(text: string): Map<string, Direction> {
  const pairs = text.split(',').filter(Boolean).map((pair): [string, Direction] => {
    const cut = pair.lastIndexOf(':')
    const word = pair.slice(cut + 1)
    return [decodeURIComponent(pair.slice(0, cut)), word === 'up' || word === 'down' ? word : null]
  })
  return new Map(pairs)
}

export function writeDirections(chosen: ReadonlyMap<string, Direction>): string {
  return [...chosen].map(([path, direction]) => `${encodeURIComponent(path)}:${direction ?? '-'}`).join(',')
}

/** The next of up, down and neither. */
export const turned = (direction: Direction): Direction => (direction === null ? 'up' : direction === 'up' ? 'down' : null)

/** How a number stands to that of the baseline: the difference, and whether it is better. */
export function against(value: unknown, base: unknown, direction: Direction): { delta: number; verdict: 'better' | 'worse' | 'same' | null } | null {
  if (typeof value !== 'number' || typeof base !== 'number' || !Number.isFinite(value) || !Number.isFinite(base)) return null
  const delta = value - base
  if (delta === 0) return { delta, verdict: 'same' }
  if (direction === null) return { delta, verdict: null }
  return { delta, verdict: delta > 0 === (direction === 'up') ? 'better' : 'worse' }
}
