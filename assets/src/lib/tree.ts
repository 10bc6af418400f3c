// Configuration and summary as a searchable tree of keys.

export type Node = { path: string; name: string; depth: number; value: unknown; children: number }

/** Whether a value opens into keys of its own. A media value counts as one thing. */
function opens(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0 && !('_type' in value)
}

/** The rows of a tree in reading order, keys sorted; only those whose path or value holds `search`, and their parents. */
export function flatten(values: Record<string, unknown>, search: string): Node[] {
  const wanted = search.trim().toLowerCase()
  const walk = (entries: Record<string, unknown>, prefix: string, depth: number, parentMatches: boolean): Node[] =>
    Object.keys(entries).sort(byName).flatMap((name) => {
      const value = entries[name]
      const path = prefix === '' ? name : `${prefix}.${name}`
      const matches = parentMatches || path.toLowerCase().includes(wanted)
      if (opens(value)) {
        const children = walk(value, path, depth + 1, matches)
        return children.length > 0 ? [{ path, name, depth, value, children: Object.keys(value).length }, ...children] : []
      }
      const found = matches || String(JSON.stringify(value)).toLowerCase().includes(wanted)
      return found ? [{ path, name, depth, value, children: 0 }] : []
    })
  return walk(values, '', 0, wanted === '')
}

const collator = new Intl.Collator('en', { numeric: true })
const byName = (left: string, right: string) => collator.compare(left, right)

/** What the user configured: the stored form wraps each value, and keeps the client's own notes under `_wandb`. */
export function plainConfig(stored: Record<string, unknown>): Record<string, unknown> {
  const plain: Record<string, unknown> = {}
  for (const [key, wrapped] of Object.entries(stored)) {
    if (key === '_wandb') continue
    plain[key] = typeof wrapped === 'object' && wrapped !== null && 'value' in wrapped ? wrapped.value : wrapped
  }
  return plain
}
