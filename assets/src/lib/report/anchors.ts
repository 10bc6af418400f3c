// What a comment is about, found again in a report that was changed since: by the words themselves and by those around them.

/** Words of a report; `block` is the one in which they began when they were written about. */
export type TextAnchor = { quote: string; block: number; prefix: string; suffix: string }
/** A panel of a grid. */
export type PanelAnchor = { panel: string; block: number }
/** What a thread is about; null is the report as a whole. */
export type Anchor = TextAnchor | PanelAnchor | null

/** From one letter of a text up to another. */
export type Passage = { start: number; end: number }

/** Letters that are kept of what is written about, and of what stands on either side of it. */
export const QUOTE_MAX = 500
const CONTEXT_MAX = 64

const isLowHalf = (text: string, at: number) => (text.charCodeAt(at) & 0xfc00) === 0xdc00

/** The first letters of a text, and the last; no letter is cut in two. */
const first = (text: string, count: number) => text.slice(0, isLowHalf(text, count) ? count - 1 : count)
const last = (text: string, count: number) => {
  const from = Math.max(0, text.length - count)
  return text.slice(isLowHalf(text, from) ? from + 1 : from)
}

/** What tells a passage from all others; null where there is nothing but space. */
export function anchorOf(text: string, { start, end }: Passage, block: number): TextAnchor | null {
  const chosen = text.slice(start, end)
  const quote = first(chosen.trim(), QUOTE_MAX).trimEnd()
  if (quote === '') return null
  const from = start + (chosen.length - chosen.trimStart().length)
  return { quote, block, prefix: last(text.slice(0, from), CONTEXT_MAX), suffix: first(text.slice(from + quote.length), CONTEXT_MAX) }
}

/**
 * Where the words of an anchor are now; null when they are gone. Of several places that with the same words around it is taken, and
 * of those the nearest to where the block begins that they stood in. Words that were changed a little are found by what surrounds them.
 */
export function findQuote(text: string, anchor: TextAnchor, near: number): Passage | null {
  const exact = occurrences(text, anchor.quote).map((start) => ({ start, end: start + anchor.quote.length }))
  const places = exact.length > 0 ? exact : changed(text, anchor)
  const scored = places.map((place) => ({ place, agrees: agreement(text, place, anchor), far: Math.abs(place.start - near) }))
  scored.sort((left, right) => right.agrees - left.agrees || left.far - right.far)
  return scored[0]?.place ?? null
}

function occurrences(text: string, sought: string): number[] {
  const found: number[] = []
  if (sought === '') return found
  for (let at = text.indexOf(sought); at >= 0; at = text.indexOf(sought, at + 1)) found.push(at)
  return found
}

/** How many letters on both sides of a place are still those that were there. */
function agreement(text: string, { start, end }: Passage, { prefix, suffix }: TextAnchor): number {
  let before = 0
  while (before < prefix.length && text[start - 1 - before] === prefix[prefix.length - 1 - before]) before += 1
  let after = 0
  while (after < suffix.length && text[end + after] === suffix[after]) after += 1
  return before + after
}

/** Letters of context that have to be there still, for words that are not. */
const CONTEXT_MIN = 8
const CONTEXT_SOUGHT = 24
const LIKE_ENOUGH = 0.5

/** What stands now between the words before and the words after, where it is like what stood there. */
function changed(text: string, { quote, prefix, suffix }: TextAnchor): Passage[] {
  const before = last(prefix, CONTEXT_SOUGHT)
  const after = first(suffix, CONTEXT_SOUGHT)
  if (before.trim().length < CONTEXT_MIN || after.trim().length < CONTEXT_MIN) return []
  return occurrences(text, before).flatMap((at) => {
    const start = at + before.length
    const end = text.indexOf(after, start)
    const isNear = end > start && end - start <= 2 * quote.length + CONTEXT_SOUGHT
    return isNear && likeness(text.slice(start, end), quote) >= LIKE_ENOUGH ? [{ start, end }] : []
  })
}

/** How alike two texts are, 0 to 1, by their pairs of letters (Dice's coefficient). */
export function likeness(left: string, right: string): number {
  const pairs = pairsOf(left)
  const total = pairs.length + pairsOf(right).length
  if (total === 0) return left.trim() === right.trim() ? 1 : 0
  const free = new Map<string, number>()
  for (const pair of pairs) free.set(pair, (free.get(pair) ?? 0) + 1)
  let shared = 0
  for (const pair of pairsOf(right)) {
    const count = free.get(pair) ?? 0
    if (count === 0) continue
    free.set(pair, count - 1)
    shared += 1
  }
  return (2 * shared) / total
}

function pairsOf(text: string): string[] {
  const letters = text.toLowerCase().replace(/\s+/g, '')
  return Array.from({ length: Math.max(0, letters.length - 1) }, (_, index) => letters.slice(index, index + 2))
}
