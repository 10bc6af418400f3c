import { describe, expect, it } from 'vitest'
import { toRecords, toTable } from './table.ts'

describe('a logged table', () => {
  it('becomes rows by column', () => {
    expect(toRecords(toTable({ columns: ['a', 1], data: [[1, 'NaN'], ['x', 2]] }))).toEqual([{ a: 1, 1: Number.NaN }, { a: 'x', 1: 2 }])
    expect(() => toTable({ rows: [] })).toThrow('table')
  })
})
