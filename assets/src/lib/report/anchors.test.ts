import { expect, test } from 'vitest'
import { anchorOf, findQuote, likeness, QUOTE_MAX, type TextAnchor } from './anchors.ts'

const TEXT = 'We trained it twice. It reached 0.92 accuracy on the digits. Then we stopped.\nIt reached 0.92 accuracy on the letters.'

/** The anchor of the n-th place of some words. */
function about(words: string, place = 0, text = TEXT): TextAnchor {
  let start = text.indexOf(words)
  for (let count = 0; count < place; count += 1) start = text.indexOf(words, start + 1)
  return anchorOf(text, { start, end: start + words.length }, 0)!
}
const found = (text: string, anchor: TextAnchor, near = 0) => {
  const place = findQuote(text, anchor, near)
  return place && text.slice(place.start, place.end)
}

test('an anchor keeps the words and those around them, without space at its ends', () => {
  const start = TEXT.indexOf(' 0.92')
  expect(anchorOf(TEXT, { start, end: start + 15 }, 3)).toEqual({ quote: '0.92 accuracy', block: 3, prefix: 'We trained it twice. It reached ', suffix: TEXT.slice(start + 14, start + 14 + 64) })
  expect(anchorOf(TEXT, { start: 7, end: 8 }, 0)?.quote).toBe('n')
  expect(anchorOf('a \n b', { start: 1, end: 4 }, 0)).toBeNull()
})

test('no letter of an anchor is cut in two', () => {
  const smiles = '🙂'.repeat(400)
  const anchor = anchorOf(`x${smiles}`, { start: 0, end: 801 }, 0)
  expect(anchor?.quote.length).toBe(QUOTE_MAX - 1)
  for (const text of [anchor?.quote, anchor?.suffix]) expect(/[\ud800-\udbff](?![\udc00-\udfff])/.test(text ?? '')).toBe(false)
  expect(anchorOf(`${smiles}yz`, { start: 801, end: 802 }, 0)?.prefix).toBe(`${'🙂'.repeat(31)}y`)
})

test('of equal words those are found that have the same around them', () => {
  const second = about('0.92 accuracy', 1)
  expect(findQuote(TEXT, second, 0)?.start).toBe(TEXT.lastIndexOf('0.92'))
  expect(findQuote(TEXT, about('0.92 accuracy'), TEXT.length)?.start).toBe(TEXT.indexOf('0.92'))
})

test('of places that nothing else tells apart the nearest to their block is taken', () => {
  const text = 'same\nsame\nsame'
  expect(findQuote(text, { quote: 'same', block: 1, prefix: '', suffix: '' }, 5)?.start).toBe(5)
})

test('words that moved are found', () => {
  const anchor = about('0.92 accuracy on the letters')
  expect(findQuote(`Before all of it, new words. ${TEXT}`, anchor, 0)?.start).toBe(TEXT.lastIndexOf('0.92') + 29)
  expect(found('0.92 accuracy on the letters', anchor)).toBe('0.92 accuracy on the letters')
})

test('words that were changed a little are found by what is around them', () => {
  const anchor = about('0.92 accuracy on the digits')
  expect(found(TEXT.replace('0.92 accuracy on the digits', '0.93 accuracies on the  digits'), anchor)).toBe('0.93 accuracies on the  digits')
})

test('words that are gone are not found', () => {
  const anchor = about('0.92 accuracy on the digits')
  expect(found(TEXT.replace('0.92 accuracy on the digits', 'what nobody hoped for'), anchor)).toBeNull()
  expect(found(TEXT.replace('0.92 accuracy on the digits', ''), anchor)).toBeNull()
  expect(found('', anchor)).toBeNull()
})

test('likeness is 1 for the same and 0 for what shares nothing', () => {
  expect(likeness('Accuracy', 'accuracy ')).toBe(1)
  expect(likeness('abc', 'xyz')).toBe(0)
  expect(likeness('night', 'nacht')).toBeCloseTo(0.25)
  expect(likeness('a', 'b')).toBe(0)
})
