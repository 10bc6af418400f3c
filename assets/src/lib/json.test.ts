import { expect, test } from 'vitest'
import { parsePythonJson } from './json.ts'

test('bare NaN and infinities become text, text that holds the words stays', () => {
  expect(parsePythonJson('{"a": NaN, "b": [-Infinity, 1], "c": "NaN \\" Infinity"}')).toEqual({
    a: 'NaN', b: ['-Infinity', 1], c: 'NaN " Infinity',
  })
})

test('broken text stays an error', () => {
  expect(() => parsePythonJson('{')).toThrow()
})
