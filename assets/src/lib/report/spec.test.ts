import { expect, test } from 'vitest'
import { newGrid, panelsOf, runSetsOf, withPanels } from './grid.ts'
import { headings, readSpec, safeAddress, type Block } from './spec.ts'
import { fromWritten, isWritable, toWritten } from './written.ts'

const text = (value: string, more: object = {}) => ({ text: value, ...more })

const BLOCKS: Block[] = [
  { type: 'paragraph', children: [text('')] },
  { type: 'heading', level: 1, children: [text('Results')], collapsedChildren: [{ type: 'paragraph', children: [text('folded')] }] },
  { type: 'paragraph', children: [text('a', { bold: true, inlineComment_r1: { refID: 'r1' } }), { type: 'link', url: 'https://x.example', children: [text('b')] }, { type: 'latex', content: 'x^2', children: [text('')] }, text('')] },
  { type: 'list', ordered: true, children: [{ type: 'list-item', ordered: true, children: [text('one')] }] },
  { type: 'list', children: [{ type: 'list-item', children: [text('nested'), { type: 'list', children: [] } as Block] }] },
  { type: 'paragraph', children: [{ type: 'paragraph', children: [text('in a paragraph')] }] },
  { type: 'latex', block: true, content: '\\frac{1}{2}', children: [text('')] },
  { type: 'panel-grid', children: [text('')], metadata: { runSets: [], unheardOf: { deep: [1, null] } } },
  { type: 'hologram', payload: { a: [{ b: null }] } },
  { nothing: 'at all' },
]

test('what the editor does not write in comes back as it was stored', () => {
  const stored = JSON.stringify({ version: 5, blocks: BLOCKS, width: 'fluid', discussionThreads: [{ id: 't' }], later: { x: 1 } })
  const spec = readSpec(stored)
  const written = toWritten(spec.blocks)
  expect(written.filter((block) => block.type === 'kept')).toHaveLength(6)
  expect(JSON.stringify({ ...spec, blocks: fromWritten(written) })).toBe(stored)
})

test('only lines of texts, links and formulas are written in', () => {
  expect(BLOCKS.map(isWritable)).toEqual([true, true, true, true, false, false, false, false, false, false])
})

test('headings have anchors of their own and skip no level', () => {
  const blocks: Block[] = [3, 1, 1, 3].map((level, index) => ({ type: 'heading', level, children: [text(index === 2 ? 'Déjà vu!' : 'Same')] }))
  expect([...headings(blocks).values()].map(({ id, shown }) => [id, shown])).toEqual([['section-same', 1], ['section-same-2', 1], ['section-déjà-vu', 1], ['section-same-3', 2]])
})

test('addresses that would run are none', () => {
  expect(['https://a.example', ' mailto:a@b.example', '/red/digits', 'javascript:alert(1)', 'JaVaScRiPt:x', 'data:text/html,x', ''].map(safeAddress)).toEqual(['https://a.example', 'mailto:a@b.example', '/red/digits', null, null, null, null])
})

test('a grid that is made is read again, and a change leaves the rest of it', () => {
  const grid = newGrid({ entity: 'red', project: 'digits', panels: [{ type: 'line', metrics: ['loss'] }, { type: 'bar', metrics: ['acc'] }, { type: 'comparer', metrics: [] }], runs: ['a'], find: 'x' })
  const panels = panelsOf(grid)
  expect(panels.map(({ type, place }) => [type, place.y])).toEqual([['Run History Line Plot', 0], ['Bar Chart', 0], ['Run Comparer', 8]])
  const [set] = runSetsOf(grid, { entity: 'other', project: 'other' })
  expect([set?.entity, set?.project, set?.spec['selections']]).toEqual(['red', 'digits', { root: 0, bounds: [], tree: ['a'] }])
  const odd = { ...grid, metadata: { ...(grid['metadata'] as object), odd: 1 } }
  const changed = withPanels(odd, new Set([panels[0]?.id ?? '']), [{ type: 'scalar', metrics: ['loss'] }])
  expect(panelsOf(changed).map(({ type }) => type)).toEqual(['Bar Chart', 'Run Comparer', 'Scalar Chart'])
  expect((changed['metadata'] as { odd?: number }).odd).toBe(1)
})

test('a run set without a project is of the report, and one that is off is not there', () => {
  const grid: Block = { metadata: { runSets: [{ id: 'a', name: 'A' }, { id: 'b', enabled: false }] } }
  expect(runSetsOf(grid, { entity: 'red', project: 'digits' }).map(({ id, entity }) => [id, entity])).toEqual([['a', 'red']])
})
