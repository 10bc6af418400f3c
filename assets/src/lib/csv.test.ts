import { expect, test } from 'vitest'
import { toCsv } from './csv.ts'

test('cells with commas, quotes and line ends are quoted', () => {
  expect(toCsv(['a', 'b'], [['x,y', 'say "hi"'], ['two\nlines', null], ['plain', 7]])).toBe('a,b\r\n"x,y","say ""hi"""\r\n"two\nlines",\r\nplain,7\r\n')
})

test('what begins like a formula stays text, numbers stay numbers', () => {
  expect(toCsv(['n'], [['=1+1'], ['@x'], [-3]])).toBe("n\r\n'=1+1\r\n'@x\r\n-3\r\n")
})
