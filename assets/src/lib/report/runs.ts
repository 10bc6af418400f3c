// Runs as panels see them: what an axis names of a run, and which of them go together.
import { leaves } from '../compare.ts'
import { parseTime } from '../format.ts'
import { runDuration, type RunTimes } from '../run.ts'
import { toNumber } from '../series.ts'
import type { Key } from './filters.ts'

/** A run as a report shows it. */
export type PanelRun = RunTimes & {
  entity: string
  project: string
  name: string
  displayName: string
  username: string | null
  tags: string[]
  group: string | null
  jobType: string | null
  sweep: string | null
  host: string | null
  config: Record<string, unknown>
  summary: Record<string, unknown>
  /** A number of the palette, or a colour that the report gives it. */
  color: number | string
}

export const shownName = ({ name, displayName }: Pick<PanelRun, 'name' | 'displayName'>) => displayName || name

/** What tells a run from those of other projects. */
export const runId = ({ entity, project, name }: Pick<PanelRun, 'entity' | 'project' | 'name'>) => JSON.stringify([entity, project, name])

/** Under its own name, or below others: `opt.lr` is a key with a dot, or `lr` within `opt`. */
export function within(document: Record<string, unknown>, path: string): unknown {
  if (path in document) return document[path]
  const dot = path.indexOf('.')
  for (let cut = dot; cut > 0; cut = path.indexOf('.', cut + 1)) {
    const inner = document[path.slice(0, cut)]
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
      const found = within(inner as Record<string, unknown>, path.slice(cut + 1))
      if (found !== undefined) return found
    }
  }
  return undefined
}

/** A path in the config without the envelope that the client stores each value in: `lr.value` is `lr`, `opt.value.lr` is `opt.lr`. */
function configPath(name: string): string {
  const parts = name.split('.')
  const at = parts.indexOf('value', 1)
  return at > 0 ? [...parts.slice(0, at), ...parts.slice(at + 1)].join('.') : name
}

/** What the keys of runs themselves are called in reports. */
function ofRun(run: PanelRun, name: string): unknown {
  switch (name) {
    case 'name':
      return run.name
    case 'displayName':
    case 'display_name':
      return shownName(run)
    case 'state':
      return run.state
    case 'group':
      return run.group
    case 'jobType':
    case 'job_type':
      return run.jobType
    case 'sweep':
      return run.sweep
    case 'host':
      return run.host
    case 'tags':
      return run.tags.join(', ')
    case 'user':
    case 'username':
      return run.username
    case 'createdAt':
    case 'created_at':
      return parseTime(run.createdAt)
    case 'heartbeatAt':
      return parseTime(run.heartbeatAt)
    case 'duration':
      return runDuration(run, Date.now()) / 1000
    default:
      return within(run.summary, name)
  }
}

const PREFIXES: [prefix: string, section: string][] = [
  ['config:', 'config'], ['config.', 'config'], ['c::', 'config'],
  ['summary:', 'summary'], ['summary_metrics.', 'summary'], ['summary.', 'summary'],
  ['run:', 'run'], ['keys_info:', 'keys_info'],
]

/** What an axis means: `config:lr.value`, `summary:loss`, `run:createdAt`, or a metric by its bare name. */
export function axisKey(axis: string): Key {
  const found = PREFIXES.find(([prefix]) => axis.startsWith(prefix))
  if (!found) return { section: 'metric', name: axis }
  const name = axis.slice(found[0].length)
  return { section: found[1], name: found[1] === 'config' ? configPath(name) : name }
}

const TITLES: Record<string, string> = {
  _step: 'Step', _runtime: 'Relative time', _absolute_runtime: 'Relative time', _timestamp: 'Wall time',
  displayName: 'Name', name: 'ID', createdAt: 'Created', duration: 'Duration', username: 'User', jobType: 'Job type', sweep: 'Sweep', group: 'Group', state: 'State', host: 'Host', tags: 'Tags',
}

/** How an axis is called on screen. */
export function axisTitle(axis: string): string {
  const { name } = axisKey(axis)
  return TITLES[name] ?? name
}

export function valueOf(run: PanelRun, { section, name }: Key): unknown {
  if (section === 'config') return within(run.config, configPath(name))
  if (section === 'summary') return within(run.summary, name)
  if (section === 'metric') return within(run.summary, name) ?? ofRun(run, name)
  return ofRun(run, name)
}

/** A number of a run at an axis; NaN where it has none. */
export function numberAt(run: PanelRun, axis: string): number {
  const value = valueOf(run, axisKey(axis))
  return typeof value === 'boolean' ? Number(value) : toNumber(value)
}

/** The key that a panel groups by: `epochs.value` is of the config, `group` of the run itself. */
export function groupKey(groupBy: unknown): Key | null {
  if (typeof groupBy !== 'string' || groupBy === '' || groupBy === 'None') return null
  if (groupBy.includes(':') || groupBy.startsWith('config.')) return axisKey(groupBy)
  return groupBy.split('.').includes('value') ? { section: 'config', name: groupBy } : { section: 'run', name: groupBy }
}

export type RunGroup = { name: string; runs: PanelRun[] }

/** Runs that have the same under the keys, in the order of their first. */
export function grouped(runs: PanelRun[], keys: Key[]): RunGroup[] {
  const found = new Map<string, RunGroup>()
  for (const run of runs) {
    const values = keys.map((key) => valueOf(run, key))
    const id = JSON.stringify(values)
    const name = keys.map((key, index) => `${TITLES[key.name] ?? axisKey(`${key.section}:${key.name}`).name}: ${worded(values[index])}`).join(', ')
    const group = found.get(id)
    if (group) group.runs.push(run)
    else found.set(id, { name, runs: [run] })
  }
  return [...found.values()]
}

const worded = (value: unknown) => (value === undefined || value === null || value === '' ? '—' : typeof value === 'object' ? JSON.stringify(value) : String(value))

/** The dotted names of all numbers that any of the runs has in its summary, in reading order; the client's own come last. */
export function metricNames(runs: Pick<PanelRun, 'summary'>[]): string[] {
  const names = new Set(runs.flatMap((run) => [...leaves(run.summary)].flatMap(([name, value]) => (typeof value === 'number' || value === 'NaN' || !Number.isNaN(toNumber(value)) ? [name] : []))))
  const own = (name: string) => (name.startsWith('_') ? 1 : 0)
  return [...names].sort((left, right) => own(left) - own(right) || left.localeCompare(right, 'en', { numeric: true }))
}
