import { expect, test } from 'vitest'
import { setUpSteps } from './setUp.ts'

const done = (url: string, backedUp: boolean, logged = true) => setUpSteps({ url, backedUp, logged }).map((step) => step.done)

test('what is left to set up follows from the address, the backup and the first run', () => {
  expect(done('http://127.0.0.1:8080', false)).toEqual([false, false, false, true])
  expect(done('http://[::1]:8080', false)).toEqual([false, false, false, true])
  expect(done('http://runs.example', true)).toEqual([true, false, true, true])
  expect(done('https://runs.example:8443', true)).toEqual([true, true, true, true])
  expect(done('https://runs.example', true, false)).toEqual([true, true, true, false])
})
