import { expect, test } from 'vitest'
import { mentionBefore, splitMentions, withMention } from './mentions.ts'

test('a name is begun by an "@" that is not within a word', () => {
  expect(mentionBefore('Look, @ad', 9)).toEqual({ at: 6, query: 'ad' })
  expect(mentionBefore('@', 1)).toEqual({ at: 0, query: '' })
  expect(mentionBefore('(@a.b-c', 7)).toEqual({ at: 1, query: 'a.b-c' })
  expect(mentionBefore('ada@example', 11)).toBeNull()
  expect(mentionBefore('@ada is', 7)).toBeNull()
  expect(mentionBefore('@@a', 3)).toBeNull()
})

test('a name that is chosen stands whole, with a space behind it', () => {
  expect(withMention('Hi @ad', { at: 3, query: 'ad' }, 'ada')).toEqual({ text: 'Hi @ada ', cursor: 8 })
  expect(withMention('Hi @, see', { at: 3, query: '' }, 'ada')).toEqual({ text: 'Hi @ada, see', cursor: 7 })
})

test('only people who are named are marked', () => {
  expect(splitMentions('@Ada and @adam, not x@ada or @ada-1.', ['ada', 'adam'])).toEqual([
    { text: '@Ada', isMention: true },
    { text: ' and ', isMention: false },
    { text: '@adam', isMention: true },
    { text: ', not x@ada or @ada-1.', isMention: false },
  ])
  expect(splitMentions('@ada', [])).toEqual([{ text: '@ada', isMention: false }])
  expect(splitMentions('by @a.b.', ['a.b'])).toEqual([{ text: 'by ', isMention: false }, { text: '@a.b', isMention: true }, { text: '.', isMention: false }])
})
