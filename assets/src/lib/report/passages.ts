// The words of a report as they stand on the page, and places in them. What panels show is no text: it changes by itself.
import type { Passage } from './anchors.ts'

/** A piece of text on the page, and where it begins in the text of all. */
type Piece = { node: Text; start: number }
export type PageText = { text: string; pieces: Piece[]; blocks: { index: number; start: number }[] }

/** Panels, and what the page itself put between the words. */
const NO_WORDS = '.grid-block, .button, .katex-mathml, .contents, .visually-hidden'
const LINES = 'p, li, h2, h3, h4, pre, td, th, figcaption, blockquote, [data-block]'

/** All words below an element whose blocks are marked by `data-block`. Lines are apart by a line break. */
export function readPage(body: Element): PageText {
  const pieces: Piece[] = []
  const blocks: PageText['blocks'] = []
  let text = ''
  let line: Element | null = null
  for (const block of body.querySelectorAll<HTMLElement>('[data-block]')) {
    const walker = document.createTreeWalker(block, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) =>
      node instanceof Element ? (node.matches(NO_WORDS) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP) : NodeFilter.FILTER_ACCEPT)
    let isFirst = true
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const here = node.parentElement?.closest(LINES) ?? null
      if (here !== line && text !== '') text += '\n'
      line = here
      if (isFirst) blocks.push({ index: Number(block.dataset['block']), start: text.length })
      isFirst = false
      pieces.push({ node: node as Text, start: text.length })
      text += (node as Text).data
    }
  }
  return { text, pieces, blocks }
}

/** Where what somebody selected is in the text; null where it has no words of it. */
export function passageOf({ pieces }: PageText, selected: Range): Passage | null {
  const touched = pieces.filter(({ node }) => selected.intersectsNode(node))
  const from = touched[0]
  const to = touched.at(-1)
  if (!from || !to) return null
  const start = from.start + (selected.startContainer === from.node ? selected.startOffset : 0)
  const end = to.start + (selected.endContainer === to.node ? selected.endOffset : to.node.length)
  return end > start ? { start, end } : null
}

/** A passage as a range of the page. */
export function rangeOf({ pieces }: PageText, { start, end }: Passage): Range | null {
  const from = pieces.findLast((piece) => piece.start <= start)
  const to = pieces.findLast((piece) => piece.start < end)
  if (!from || !to) return null
  const range = document.createRange()
  range.setStart(from.node, Math.min(start - from.start, from.node.length))
  range.setEnd(to.node, Math.min(end - to.start, to.node.length))
  return range
}

/** The block that a place of the text is in. */
export const blockAt = ({ blocks }: PageText, at: number): number => blocks.findLast(({ start }) => start <= at)?.index ?? 0

/** Where a block begins, or where it would. */
export const startOf = ({ blocks, text }: PageText, index: number): number => blocks.find((block) => block.index >= index)?.start ?? text.length

/** What stands for something on the page: itself, or what it is folded away below. */
export function seenOf(place: Element): Element {
  let seen = place
  for (let folded = place.closest('.folded'); folded; folded = folded.parentElement?.closest('.folded') ?? null) seen = folded.previousElementSibling ?? folded
  return seen
}

/** Opens what a place is folded away below. */
export function unfold(place: Element): void {
  for (let folded = place.closest('.folded'); folded; folded = folded.parentElement?.closest('.folded') ?? null) {
    folded.previousElementSibling?.querySelector<HTMLElement>('.fold[aria-expanded="false"]')?.click()
  }
}
