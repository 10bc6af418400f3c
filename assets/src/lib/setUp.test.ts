import { expect, test } from 'vitest'
import { setUpSteps } from './setUp.ts'

const done = (url: string, backedUp: boolean) => setUpSteps({ url, backedUp }).map((step) => step.done)

test('what is left to set up follows from the address and the backup', () => {
  expect(done('http://127.0.0.1:8080', false)).toEqual([false, false, false])
  expect(done('http://[::1]:8080', false)).toEqual([false, false, false])
  expect(done('http://runs.example', true)).toEqual([true, false, true])
  expect(done('https://runs.example:8443', true)).toEqual([true, true, true])
})
