import { expect, test } from 'vitest'
import { expiryAfter } from './expiry.ts'

test('days from now, or never', () => {
  expect(expiryAfter('30', Date.UTC(2026, 0, 1))).toBe('2026-01-31T00:00:00.000Z')
  expect(expiryAfter('', 0)).toBeNull()
})
