import { useQueries } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { curvesQuery, type Buckets, type Curves } from '../../../api/metrics.ts'
import { reportRunsQuery } from '../../../api/reports.ts'
import { groupingOf, runSetFilter, runSetOrder, type Key } from '../../../lib/report/filters.ts'
import { metricsOf, ownColors, runSetsOf, timeAxis, xAxisOf, type PanelSpec, type RunSetSpec } from '../../../lib/report/grid.ts'
import { metricNames, runId, type PanelRun } from '../../../lib/report/runs.ts'
import type { Block } from '../../../lib/report/spec.ts'
import type { Home } from '../context.ts'

/** The colours of lines; with more runs they come again. */
const COLORS = 8

export type RunSetRuns = { set: RunSetSpec; runs: PanelRun[]; more: boolean; error: Error | null }

/** What the panels of a grid draw from. */
export type GridData = {
  sets: RunSetRuns[]
  /** Those of all sets, each once. */
  runs: PanelRun[]
  /** What the run sets group by. */
  grouping: Key[]
  /** Runs or curves are on their way for the first time. */
  isPending: boolean
  error: Error | null
  curve: (run: PanelRun, x: string, key: string) => Buckets | undefined
}

/** The runs that a run set means, asked for in words that the server knows; or why that cannot be said. */
function asked(set: RunSetSpec, now: number): { filter: string; order: string; error: Error | null } {
  try {
    return { filter: JSON.stringify(runSetFilter(set.spec, now)), order: runSetOrder(set.spec), error: null }
  } catch (error) {
    return { filter: '', order: '', error: error instanceof Error ? error : new Error(String(error)) }
  }
}

/** Runs and curves of a grid: asked for once they are wanted, kept up to date while they are seen. */
export function useGridData(block: Block, panels: PanelSpec[], home: Home, isWanted: boolean, isSeen: boolean): GridData {
  const sets = useMemo(() => runSetsOf(block, home), [block, home])
  const colors = useMemo(() => ownColors(block), [block])
  // "Within the last hour" counts from when the page was opened: counted from each moment anew it would be asked anew.
  const [now] = useState(() => Date.now())
  const questions = useMemo(() => sets.map((set) => asked(set, now)), [sets, now])
  const lists = useQueries({
    queries: sets.map((set, index) => ({
      ...reportRunsQuery(home.report, { entity: set.entity, project: set.project, filter: questions[index]?.filter ?? '', order: questions[index]?.order ?? '' }),
      enabled: isWanted && questions[index]?.error === null,
      ...(isSeen ? {} : { refetchInterval: false as const }),
    })),
  })
  const answers = lists.map(({ data }) => data)
  const { found, runs } = useMemo(() => {
    const known = new Map<string, PanelRun>()
    const found = sets.map((_, index) =>
      (answers[index]?.runs ?? []).map((run) => {
        const id = runId(run)
        const one = known.get(id) ?? { ...run, color: colors.get(run.name) ?? (known.size % COLORS) + 1 }
        known.set(id, one)
        return one
      }),
    )
    return { found, runs: [...known.values()] }
  }, [sets, colors, ...answers])

  const isLive = runs.some((run) => run.state === 'running')
  const questionsOfCurves = useMemo(() => curvesAsked(panels, runs), [panels, runs.map(runId).join()])
  const curves = useQueries({ queries: questionsOfCurves.map((one) => ({ ...curvesQuery(one, isLive), enabled: isWanted, ...(isSeen ? {} : { refetchInterval: false as const }) })) })
  const drawn = curves.map(({ data }) => data)
  // Where another run has come the question is another one: until it is answered, what is known stays.
  const [byPlace] = useState(() => new Map<string, Curves>())
  const curve = useMemo(() => {
    questionsOfCurves.forEach((one, index) => {
      const data = drawn[index]
      if (data) byPlace.set(JSON.stringify([one.entity, one.project, one.x]), data)
    })
    return (run: PanelRun, x: string, key: string) => byPlace.get(JSON.stringify([run.entity, run.project, x]))?.get(run.name)?.series.get(key)?.buckets
  }, [questionsOfCurves, ...drawn])

  return {
    sets: sets.map((set, index) => ({ set, runs: found[index] ?? [], more: answers[index]?.more ?? false, error: questions[index]?.error ?? lists[index]?.error ?? null })),
    runs, curve,
    grouping: sets.flatMap((set) => groupingOf(set.spec)).filter((key, index, all) => all.findIndex((other) => JSON.stringify(other) === JSON.stringify(key)) === index),
    isPending: !isWanted || lists.some((list) => list.isLoading) || curves.some((one) => one.isLoading),
    error: curves.find((one) => one.error)?.error ?? null,
  }
}

/** A question for each project and axis that line plots have. */
function curvesAsked(panels: PanelSpec[], runs: PanelRun[]) {
  const wanted = new Map<string, Set<string>>()
  const known = metricNames(runs)
  for (const { type, config } of panels) {
    if (type !== 'Run History Line Plot') continue
    const x = timeAxis(xAxisOf(config))
    const keys = wanted.get(x) ?? new Set()
    for (const key of safely(() => metricsOf(config, known))) keys.add(key)
    wanted.set(x, keys)
  }
  const places = new Map(runs.map((run) => [JSON.stringify([run.entity, run.project]), { entity: run.entity, project: run.project }]))
  return [...places.values()].flatMap(({ entity, project }) => {
    const names = runs.filter((run) => run.entity === entity && run.project === project).map((run) => run.name)
    return [...wanted].filter(([, keys]) => keys.size > 0).map(([x, keys]) => ({ entity, project, x, keys: [...keys].sort(), runs: names }))
  })
}

/** The panel itself says what is wrong with its pattern. */
function safely(read: () => string[]): string[] {
  try {
    return read()
  } catch {
    return []
  }
}
