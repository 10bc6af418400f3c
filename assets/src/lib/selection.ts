// Which runs of a table are picked: some by name, or all that its filter lets through.

export type Selection = { kind: 'some'; names: ReadonlySet<string> } | { kind: 'all'; filter: string; total: number }

export const NOTHING: Selection = { kind: 'some', names: new Set() }

export const count = (selection: Selection) => (selection.kind === 'all' ? selection.total : selection.names.size)

export const has = (selection: Selection, name: string) => selection.kind === 'all' || selection.names.has(name)

/** With one more or one less. `shown` are the names on the page: of all, those are left that one sees. */
export function toggled(selection: Selection, name: string, shown: string[]): Selection {
  const names = new Set(selection.kind === 'all' ? shown : selection.names)
  if (!names.delete(name)) names.add(name)
  return { kind: 'some', names }
}

/** Everything on the page, or nothing of it if all of it was picked. */
export function pageToggled(selection: Selection, shown: string[]): Selection {
  const whole = shown.length > 0 && shown.every((name) => has(selection, name))
  if (selection.kind === 'all') return NOTHING
  const names = new Set(selection.names)
  for (const name of shown) {
    if (whole) names.delete(name)
    else names.add(name)
  }
  return { kind: 'some', names }
}

/** As the management API wants it. */
export function chosen(selection: Selection): { runs: string[] } | { filter: string } {
  return selection.kind === 'all' ? { filter: selection.filter } : { runs: [...selection.names] }
}

/** The filter of the client's language for what a table is asked to show. */
export function runFilter({ find, state }: { find: string; state: string }): string {
  const filter: Record<string, unknown> = {}
  if (find !== '') filter['display_name'] = { $regex: find.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') }
  if (state !== '') filter['state'] = state
  return JSON.stringify(filter)
}

/** The names of those that stayed, by the reason that they share. */
export function byReason(items: { name: string; reason: string }[]): [reason: string, names: string[]][] {
  const found = new Map<string, string[]>()
  for (const { name, reason } of items) found.set(reason, [...(found.get(reason) ?? []), name])
  return [...found]
}
