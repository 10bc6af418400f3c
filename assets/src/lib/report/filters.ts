// Which runs a run set means, in the language of the server: its tree of filters, its search, and who is shown or hidden by hand.

type Value = Record<string, unknown>
export type Condition = Record<string, unknown>

const isRecord = (value: unknown): value is Value => typeof value === 'object' && value !== null && !Array.isArray(value)
const listOf = (value: unknown): Value[] => (Array.isArray(value) ? value.filter(isRecord) : [])

export type Key = { section: string; name: string }

export function keyOf(value: unknown): Key | null {
  if (!isRecord(value) || typeof value['name'] !== 'string' || value['name'] === '') return null
  return { section: typeof value['section'] === 'string' ? value['section'] : 'summary', name: value['name'] }
}

/** What the server calls a key of a run set. */
export function fieldOf({ section, name }: Key): string {
  switch (section) {
    case 'run':
    case 'runs':
      return name
    case 'config':
      return `config.${name}`
    case 'summary':
      return `summary_metrics.${name}`
    case 'keys_info':
      return `keys_info.keys.${name}`
    case 'tags':
      return `tags.${name}`
    default:
      throw new Error(`this server does not filter by “${section}”`)
  }
}

const COMPARED: Record<string, string> = { '!=': '$ne', '<': '$lt', '<=': '$lte', '>': '$gt', '>=': '$gte', IN: '$in', NIN: '$nin', REGEX: '$regex' }

/** One filter. `now` is what "within the last hour" counts from. */
function leaf(item: Value, now: number): Condition | null {
  const key = keyOf(item['key'])
  // A row that somebody began to fill in.
  if (!key || item['disabled'] === true) return null
  const field = fieldOf(key)
  const op = String(item['op'] ?? '=')
  const value = item['value'] ?? null
  if (op === '=' || op === '==') return { [field]: Array.isArray(value) ? { $in: value } : value }
  if (op === 'WITHINSECONDS') return { [field]: { $gte: new Date(now - Number(value) * 1000).toISOString() } }
  const operator = COMPARED[op]
  if (!operator) throw new Error(`this server knows no filter “${op}”`)
  if (op === 'IN' || op === 'NIN') return { [field]: { [operator]: Array.isArray(value) ? value : [value] } }
  return { [field]: { [operator]: value } }
}

/** A tree of groups; groups of nothing mean every run, as their writers mean them. */
function tree(node: Value, now: number): Condition | null {
  if (node['key']) return leaf(node, now)
  if (node['disabled'] === true || !Array.isArray(node['filters'])) return null
  const parts = listOf(node['filters']).map((child) => tree(child, now)).filter((part) => part !== null)
  return { [node['op'] === 'AND' ? '$and' : '$or']: parts }
}

/** The newer form: a flat list in which each item says how it is joined to the one before; "and" binds closer than "or". */
function flat(items: Value[], now: number): Condition {
  const groups: Value[][] = []
  for (const item of items) {
    if (groups.length === 0 || item['connector'] === 'OR') groups.push([item])
    else groups.at(-1)?.push(item)
  }
  const one = (item: Value) => (Array.isArray(item['filters']) ? (item['disabled'] === true ? null : flat(listOf(item['filters']), now)) : leaf(item, now))
  const written = groups.map((group) => group.map(one).filter((part) => part !== null)).filter((group) => group.length > 0)
  return { $or: written.map((group) => ({ $and: group })) }
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** The names of runs in a selection; of a tree of groups those of its leaves. */
function selected(tree: unknown): string[] {
  if (!Array.isArray(tree)) return []
  return tree.flatMap((node: unknown) => {
    if (typeof node === 'string') return [node]
    const children = isRecord(node) ? node['children'] : null
    return Array.isArray(children) ? children.filter((child) => typeof child === 'string') : []
  })
}

/** The runs of a run set as a filter of the server; throws in words where a filter cannot be said in its language. */
export function runSetFilter(runSet: Value, now: number): Condition {
  const parts: Condition[] = []
  const filters = runSet['filters']
  if (isRecord(filters)) {
    const part = filters['filterFormat'] === 'filterV2' ? flat(listOf(filters['filters']), now) : tree(filters, now)
    if (part) parts.push(part)
  }
  const { query, isRegex } = isRecord(runSet['search']) ? runSet['search'] : {}
  if (typeof query === 'string' && query !== '') parts.push({ display_name: { $regex: isRegex === true ? query : escaped(query) } })
  if (isRecord(runSet['selections'])) {
    const names = selected(runSet['selections']['tree'])
    // Of all runs some are hidden, or of none some are shown.
    if (runSet['selections']['root'] === 0) parts.push({ name: { $in: names } })
    else if (names.length > 0) parts.push({ name: { $nin: names } })
  }
  return { $and: parts }
}

/** The order of a run set; the newest first if it has none. */
export function runSetOrder(runSet: Value): string {
  const sort = isRecord(runSet['sort']) ? runSet['sort'] : {}
  // An older form has one key beside its direction.
  const keys = Array.isArray(sort['keys']) ? listOf(sort['keys']) : sort['key'] ? [sort] : []
  const parts = keys.flatMap((one) => {
    const key = keyOf(one['key'])
    return key && key.section !== 'tags' ? [`${one['ascending'] === true ? '+' : '-'}${fieldOf(key)}`] : []
  })
  return parts.length > 0 ? parts.join(',') : '-created_at'
}

/** The keys that a run set is grouped by. */
export const groupingOf = (runSet: Value): Key[] => (Array.isArray(runSet['grouping']) ? runSet['grouping'].flatMap((key) => keyOf(key) ?? []) : [])
