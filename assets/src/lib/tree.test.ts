import { expect, test } from 'vitest'
import { flatten, plainConfig } from './tree.ts'

const config = { model: { width: 10, depth: 2 }, lr: 0.1, layer10: 'b', layer2: 'a' }

test('keys are in reading order with numbers by value', () => {
  expect(flatten(config, '').map((node) => node.path)).toEqual(['layer2', 'layer10', 'lr', 'model', 'model.depth', 'model.width'])
})

test('a search keeps the parents of what it finds', () => {
  expect(flatten(config, 'WID').map((node) => node.path)).toEqual(['model', 'model.width'])
  expect(flatten(config, 'nothing')).toEqual([])
})

test('a search for a parent shows all below it', () => {
  expect(flatten(config, 'model')).toHaveLength(3)
})

test('values are found too', () => {
  expect(flatten(config, '0.1').map((node) => node.name)).toEqual(['lr'])
})

test('the stored wrapping is not shown', () => {
  expect(plainConfig({ lr: { value: 0.1, desc: null }, _wandb: { value: {} } })).toEqual({ lr: 0.1 })
})
