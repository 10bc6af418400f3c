import { describe, expect, test } from 'vitest'
import { against, compared, leaves, readDirections, turned, usualDirection, writeDirections } from './compare.ts'

describe('comparing runs', () => {
  test('documents are compared leaf by leaf; what one lacks differs', () => {
    const rows = compared([{ lr: 0.1, net: { depth: 2, act: 'gelu' } }, { lr: 0.1, net: { depth: 3 }, seed: 1 }])
    expect(rows.map(({ path, differs }) => [path, differs])).toEqual([['lr', false], ['net.act', true], ['net.depth', true], ['seed', true]])
    expect(rows[3]?.values).toEqual([undefined, 1])
  })
  test('lists and media are one thing', () => {
    expect([...leaves({ a: [1, 2], b: { _type: 'image-file', path: 'x' }, c: {} }).keys()]).toEqual(['a', 'b', 'c'])
  })
  test('names tell what is better, as far as they do', () => {
    expect(['val/loss', 'test_acc', 'train.accuracy', 'mapping', 'steps', 'error_rate'].map(usualDirection)).toEqual(['down', 'up', 'up', null, null, 'down'])
  })
  test('a difference is judged by the direction', () => {
    expect(against(0.2, 0.3, 'down')).toMatchObject({ verdict: 'better' })
    expect(against(0.2, 0.3, 'up')).toMatchObject({ verdict: 'worse' })
    expect(against(1, 1, 'up')).toEqual({ delta: 0, verdict: 'same' })
    expect(against(2, 1, null)).toEqual({ delta: 1, verdict: null })
    expect(against('NaN', 1, 'up')).toBeNull()
  })
  test('chosen directions survive the address bar', () => {
    const chosen = new Map([['a,b:c', 'up'], ['loss', null]] as const)
    expect(readDirections(writeDirections(chosen))).toEqual(chosen)
    expect([turned(null), turned('up'), turned('down')]).toEqual(['up', 'down', null])
  })
})
