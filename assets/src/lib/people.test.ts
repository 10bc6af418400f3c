import { expect, test } from 'vitest'
import { peopleOf } from './people.ts'

test('commas, semicolons, blanks and line ends separate people; each is asked once', () => {
  expect(peopleOf(' ada, grace@example.org\nlinus;  ada <tim@example.org>\n')).toEqual(['ada', 'grace@example.org', 'linus', 'tim@example.org'])
  expect(peopleOf('  ,\n')).toEqual([])
})
