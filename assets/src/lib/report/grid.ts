// A grid of panels in a report: its panels and their places, its run sets, and which metrics they need.
import type { Block } from './spec.ts'

type Value = Record<string, unknown>
const isRecord = (value: unknown): value is Value => typeof value === 'object' && value !== null && !Array.isArray(value)
const record = (value: unknown): Value => (isRecord(value) ? value : {})
const records = (value: unknown): Value[] => (Array.isArray(value) ? value.filter(isRecord) : [])

/** Where a panel is, in a grid of 24 columns. */
export type Place = { x: number; y: number; w: number; h: number }
export type PanelSpec = { id: string; type: string; config: Value; place: Place }

export const COLUMNS = 24

const whole = (value: unknown, otherwise: number, low: number, high: number) => (Number.isFinite(value) ? Math.min(high, Math.max(low, Math.round(Number(value)))) : otherwise)

function placeOf(value: unknown): Place {
  const { x, y, w, h } = record(value)
  const width = whole(w, 8, 1, COLUMNS)
  return { x: whole(x, 0, 0, COLUMNS - width), y: whole(y, 0, 0, 10_000), w: width, h: whole(h, 6, 2, 100) }
}

/** The panels of a grid in reading order. */
export function panelsOf(grid: Block): PanelSpec[] {
  const metadata = record(grid['metadata'])
  const panels = records(record(metadata['panelBankSectionConfig'])['panels']).map((panel, index): PanelSpec => ({
    id: typeof panel['__id__'] === 'string' && panel['__id__'] !== '' ? panel['__id__'] : String(index),
    type: typeof panel['viewType'] === 'string' ? panel['viewType'] : 'unknown',
    config: record(panel['config']),
    place: placeOf(panel['layout']),
  }))
  return panels.sort((left, right) => left.place.y - right.place.y || left.place.x - right.place.x)
}

export type RunSetSpec = { id: string; name: string; entity: string; project: string; spec: Value }

/** The run sets that are switched on; a set that names no project is of the report's. */
export function runSetsOf(grid: Block, home: { entity: string; project: string }): RunSetSpec[] {
  const sets = records(record(grid['metadata'])['runSets'])
  return sets.filter((set) => set['enabled'] !== false).map((set, index) => {
    const { entityName, name } = record(set['project'])
    return {
      id: typeof set['id'] === 'string' ? set['id'] : String(index),
      name: typeof set['name'] === 'string' && set['name'] !== '' ? set['name'] : 'Run set',
      entity: typeof entityName === 'string' && entityName !== '' ? entityName : home.entity,
      project: typeof name === 'string' && name !== '' ? name : home.project,
      spec: set,
    }
  })
}

/** The colours that the report gives runs, by their names, as CSS has them. */
export function ownColors(grid: Block): Map<string, string> {
  const colors = record(record(grid['metadata'])['customRunColors'])
  return new Map(Object.entries(colors).flatMap(([name, value]) => {
    const color = typeof value === 'string' ? value : record(value)['color']
    // Nothing but a colour: it goes into a style.
    return typeof color === 'string' && /^(#[0-9a-f]{3,8}|rgba?\([\d\s.,%]+\))$/i.test(color) ? [[name, color]] : []
  }))
}

/** Members of a panel's config. */
export const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : typeof value === 'string' ? [value] : [])
export const numberOr = (value: unknown, otherwise: number | null): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : otherwise)
export const textOr = (value: unknown, otherwise: string): string => (typeof value === 'string' && value !== '' ? value : otherwise)

/** The x axis of a line plot. */
export const xAxisOf = (config: Value) => textOr(config['xAxis'], '_step')

/** The metric that is asked for as the axis: how long a run has been there by the clock is told by the time of its points. */
export const timeAxis = (x: string) => (x === '_absolute_runtime' ? '_timestamp' : x)

/** The metrics that a line plot draws of those that its runs have. */
export function metricsOf(config: Value, known: Iterable<string>): string[] {
  const named = texts(config['metrics'])
  const pattern = config['useMetricRegex'] === true ? textOr(config['metricRegex'], '') : ''
  if (pattern === '') return named
  let regex: RegExp
  try {
    regex = new RegExp(pattern)
  } catch {
    throw new Error(`“${pattern}” is no regular expression`)
  }
  return [...new Set([...named, ...[...known].filter((key) => regex.test(key)).sort()])]
}

const id = () => Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => (byte % 36).toString(36)).join('')

export type NewPanel = { type: 'line' | 'bar' | 'scalar' | 'scatter' | 'comparer'; metrics: string[] }

const VIEWS = { line: 'Run History Line Plot', bar: 'Bar Chart', scalar: 'Scalar Chart', scatter: 'Scatter Plot', comparer: 'Run Comparer' } as const

function config({ type, metrics }: NewPanel): Value {
  switch (type) {
    case 'line':
      return { metrics, xAxis: '_step' }
    case 'bar':
    case 'scalar':
      return { metrics }
    case 'scatter':
      return { xAxis: `summary:${metrics[0] ?? ''}`, yAxis: `summary:${metrics[1] ?? metrics[0] ?? ''}` }
    case 'comparer':
      return { diffOnly: 'split' }
  }
}

/** New panels, three in a row below line `from`. */
const placed = (panels: NewPanel[], from: number) =>
  panels.map((panel, index) => {
    const y = from + Math.floor(index / 3) * 8
    const layout = panel.type === 'comparer' ? { x: 0, y: y + (index % 3 === 0 ? 0 : 8), w: 24, h: 8 } : { x: (index % 3) * 8, y, w: 8, h: 8 }
    return { __id__: id(), viewType: VIEWS[panel.type], config: config(panel), layout }
  })

/** A grid with some of its panels gone and others below; everything else of it stays as it is stored. */
export function withPanels(grid: Block, gone: ReadonlySet<string>, added: NewPanel[]): Block {
  const metadata = record(grid['metadata'])
  const section = record(metadata['panelBankSectionConfig'])
  const left = records(section['panels']).filter((panel, index) => !gone.has(typeof panel['__id__'] === 'string' && panel['__id__'] !== '' ? panel['__id__'] : String(index)))
  const below = Math.max(0, ...left.map((panel) => placeOf(panel['layout'])).map(({ y, h }) => y + h))
  return { ...grid, metadata: { ...metadata, panelBankSectionConfig: { ...section, panels: [...left, ...placed(added, below)] } } }
}

export type Chosen = { entity: string; project: string; panels: NewPanel[]; /** Names of runs, or null for all that the filter lets through. */ runs: string[] | null; find: string }

/** A new grid, as the vendor's editor would write it; its panels stand three in a row. */
export function newGrid({ entity, project, panels, runs, find }: Chosen): Block {
  return {
    type: 'panel-grid',
    children: [{ text: '' }],
    metadata: {
      openViz: true, openRunSet: 0, name: 'unused-name', hideRunSets: false,
      runSets: [{
        id: id(), name: 'Run set', enabled: true,
        project: { entityName: entity, name: project },
        search: { query: find },
        filters: { filterFormat: 'filterV2', filters: [] },
        grouping: [], sort: { keys: [{ key: { section: 'run', name: 'createdAt' }, ascending: false }] },
        selections: runs ? { root: 0, bounds: [], tree: runs } : { root: 1, bounds: [], tree: [] },
        runFeed: { version: 2, columnVisible: { 'run:name': false }, columnPinned: {}, columnWidths: {}, columnOrder: [], pageSize: 10, onlyShowSelected: false },
        expandedRowAddresses: [],
      }],
      panels: { views: { 0: { name: 'Panels', defaults: [], config: [] } }, tabs: ['0'] },
      panelBankConfig: { state: 0, settings: { autoOrganizePrefix: 2, showEmptySections: false, sortAlphabetically: false }, sections: [] },
      panelBankSectionConfig: { name: 'Report Panels', isOpen: false, panels: placed(panels, 0), type: 'grid', sorted: 0, flowConfig: { snapToColumns: true, columnsPerPage: 3, rowsPerPage: 2, gutterWidth: 16, boxWidth: 460, boxHeight: 300 }, localPanelSettings: { xAxis: '_step', smoothingWeight: 0, smoothingType: 'exponential', ignoreOutliers: false, xAxisActive: false, smoothingActive: false, useRunsTableGroupingInPanels: true } },
      customRunColors: {},
    },
  }
}
