import { expect, test } from 'vitest'
import { sections, splitKey, systemSections } from './metrics.ts'

test('a key is split at its first slash', () => {
  expect(splitKey('val/top/5')).toEqual({ prefix: 'val', name: 'top/5' })
  expect(splitKey('loss')).toEqual({ prefix: '', name: 'loss' })
  expect(splitKey('odd/')).toEqual({ prefix: '', name: 'odd/' })
})

test('sections follow the prefixes, the unprefixed first', () => {
  expect(sections(['val/loss', 'loss', 'train/b10', 'train/b9'])).toEqual([
    { name: 'Charts', keys: ['loss'] },
    { name: 'train', keys: ['train/b9', 'train/b10'] },
    { name: 'val', keys: ['val/loss'] },
  ])
})

test('system keys are grouped by device', () => {
  expect(systemSections(['system.gpu.1.temp', 'system.gpu.0.temp', 'system.cpu'])).toEqual([
    { name: 'machine', keys: ['system.cpu'] },
    { name: 'gpu', keys: ['system.gpu.0.temp', 'system.gpu.1.temp'] },
  ])
})
