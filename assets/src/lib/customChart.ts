// Custom charts as the client logs them: which a run has, and their specification filled with the names of a table's columns.
import { presets } from './chartPresets.ts'

export type Spec = Record<string, unknown>

export type CustomChart = {
  key: string
  /** `wandb/…` for those that every server has, else `entity/name` of one that somebody kept. */
  definition: string
  /** Names in the specification → columns of the table. */
  fields: Record<string, string>
  strings: Record<string, string>
  /** The key of the history that holds the table. */
  tableKey: string
}

const record = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {})

const texts = (value: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(record(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))

/** The charts that a run's config announces under `_wandb.value.visualize`. */
export function customCharts(config: unknown): CustomChart[] {
  const announced = record(record(record(record(config)['_wandb'])['value'])['visualize'])
  const byName = Object.entries(announced).sort(([left], [right]) => left.localeCompare(right))
  return byName.flatMap(([key, value]) => {
    const { panel_type: type, panel_config: panel } = record(value)
    const chart = type === 'Vega2' ? chartOf(record(panel)) : null
    return chart ? [{ ...chart, key, tableKey: chart.tableKey || `${key}_table` }] : []
  })
}

/** The chart that a panel's config describes, named after its table. */
export function chartOf({ panelDefId: definition, fieldSettings, stringSettings, userQuery }: Record<string, unknown>): CustomChart | null {
  if (typeof definition !== 'string') return null
  const key = tableKey(userQuery) ?? ''
  return { key, definition, fields: texts(fieldSettings), strings: texts(stringSettings), tableKey: key }
}

/** The argument `tableKey` wherever it stands in a panel's query. */
function tableKey(query: unknown): string | null {
  if (Array.isArray(query)) return query.map(tableKey).find((found) => found !== null) ?? null
  const { name, value, ...rest } = record(query)
  if (name === 'tableKey' && typeof value === 'string') return value
  return Object.values(rest).map(tableKey).find((found) => found !== null) ?? null
}

const PLACEHOLDER = /\$\{(field|string):([^}:]+)(?::([^}]*))?\}/g

/** A specification with `${field:x}` and `${string:title}` filled; what has no value takes the default after a second colon. */
export function fill(spec: Spec, { fields, strings }: Pick<CustomChart, 'fields' | 'strings'>): Spec {
  const inText = (text: string) =>
    text.replace(PLACEHOLDER, (_, kind: string, name: string, other?: string) => (kind === 'field' ? fields[name] : strings[name]) ?? other ?? (kind === 'field' ? name : ''))
  const inValue = (value: unknown): unknown => {
    if (typeof value === 'string') return inText(value)
    if (Array.isArray(value)) return value.map(inValue)
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([key, member]) => [inText(key), inValue(member)])) : value
  }
  return inValue(spec) as Spec
}

/** The specification of a chart that every server has. */
export function presetSpec(chart: CustomChart): Spec | null {
  return presets[chart.definition]?.(chart.fields, chart.strings) ?? null
}
