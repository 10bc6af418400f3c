import { describe, expect, it } from 'vitest'
import { compile, type TopLevelSpec } from 'vega-lite'
import { presets } from './chartPresets.ts'
import { customCharts, fill, presetSpec } from './customChart.ts'

const announced = {
  panel_type: 'Vega2',
  panel_config: {
    panelDefId: 'wandb/line/v0',
    fieldSettings: { x: 'a.b', y: 'y', stroke: null },
    stringSettings: { title: 'T' },
    userQuery: { queryFields: [{ name: 'runSets', fields: [{ name: 'summaryTable', args: [{ name: 'tableKey', value: 'Custom Chart Tables/c_table' }] }] }] },
  },
}

describe('custom charts of a run', () => {
  it('are read from its config, with the table that each draws', () => {
    const [chart] = customCharts({ _wandb: { value: { visualize: { c: announced, other: { panel_type: 'Run History Line Plot' } } } } })
    expect(chart).toEqual({ key: 'c', definition: 'wandb/line/v0', fields: { x: 'a.b', y: 'y' }, strings: { title: 'T' }, tableKey: 'Custom Chart Tables/c_table' })
    expect(customCharts({})).toEqual([])
  })

  it('take columns whose names have dots', () => {
    const [chart] = customCharts({ _wandb: { value: { visualize: { c: announced } } } })
    expect(presetSpec(chart!)).toMatchObject({ title: 'T', encoding: { x: { field: 'a\\.b', title: 'a.b' } } })
    expect(presetSpec({ ...chart!, definition: 'ada/own' })).toBeNull()
  })

  it('are filled wherever a name stands, and with defaults', () => {
    const spec = { title: '${string:title}', mark: '${string:mark:bar}', encoding: { x: { field: '${field:x}' }, y: [{ field: '${field:free}' }], '${field:x}': 1 } }
    expect(fill(spec, { fields: { x: 'a' }, strings: { title: '$& T' } })).toEqual({
      title: '$& T', mark: 'bar', encoding: { x: { field: 'a' }, y: [{ field: 'free' }], a: 1 },
    })
  })

  it.each(Object.keys(presets))('%s is right in its language', (name) => {
    const spec = presets[name]?.({}, { title: 'T' })
    const warned: unknown[] = []
    const log = (...words: unknown[]) => void warned.push(words)
    const logger = { level: () => logger, error: log, warn: log, info: () => logger, debug: () => logger } as never
    expect(compile(spec as unknown as TopLevelSpec, { logger }).spec.marks?.length).toBeGreaterThan(0)
    expect(warned).toEqual([])
  })
})
