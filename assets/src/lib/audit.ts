// What the audit log is asked for: the filters of its page, as the address holds them and as the server wants them.
import type { UrlValues } from '../ui/useUrl.ts'

/** The names of the management API. */
export type AuditSearch = { actor?: string; action?: string; object_kind?: string; object_name?: string; from?: string; until?: string; team?: string }

export const FILTERS = ['actor', 'action', 'object_kind', 'object_name', 'from', 'until'] as const

/** The search that the address describes. Days are whole: `until` holds what was done on it. */
export function auditSearch(url: UrlValues, team: string | null): AuditSearch {
  const search: AuditSearch = {}
  for (const name of FILTERS) {
    const value = url[name]?.trim()
    if (value) search[name] = value
  }
  if (search.from) search.from = startOf(search.from, 0)
  if (search.until) search.until = startOf(search.until, 1)
  if (team !== null) search.team = team
  return search
}

/** The moment at which a local day begins, some days later. */
function startOf(day: string, later: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return new Date(year, month - 1, date + later).toISOString()
}

/** The values that a record holds beside who, what and when, each in a line. */
export function detailLines(details: Record<string, unknown>): [name: string, value: string][] {
  return Object.entries(details).map(([name, value]) => [name.replaceAll('_', ' '), typeof value === 'string' ? value : JSON.stringify(value)])
}
