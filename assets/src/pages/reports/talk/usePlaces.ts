import { useLayoutEffect, useState, type RefObject } from 'react'
import { findQuote, type Anchor, type PanelAnchor } from '../../../lib/report/anchors.ts'
import { rangeOf, readPage, seenOf, startOf, type PageText } from '../../../lib/report/passages.ts'

/** Where something is that is written about; its top is from that of the frame, in pixels. */
export type Found = { at: Range | Element; top: number }
/** `whole`: the report as a whole; `lost`: not in the report any more; `unknown`: parts of it are still on their way. */
export type Place = Found | 'whole' | 'lost' | 'unknown'
export type Places = { of: ReadonlyMap<number, Place>; /** Where threads begin from the top, and where the text ends at its right. */ top: number; edge: number }

export const isFound = (place: Place | undefined): place is Found => typeof place === 'object'
export const elementAt = ({ at }: Found): Element | null => (at instanceof Range ? at.startContainer.parentElement : at)

const NOWHERE: Places = { of: new Map(), top: 0, edge: 0 }

/** Finds what threads are about on the page, again whenever it changes. */
export function usePlaces(frame: RefObject<HTMLElement | null>, list: RefObject<HTMLElement | null>, anchors: ReadonlyMap<number, Anchor>): Places {
  const [places, setPlaces] = useState(NOWHERE)
  useLayoutEffect(() => {
    const body = frame.current?.querySelector('.report-body')
    const article = frame.current?.querySelector('.report')
    if (!frame.current || !body || !article || !list.current) return
    const [outer, inner] = [frame.current, list.current]
    let page: PageText | null = null
    let waiting = 0
    const measure = () => {
      waiting = 0
      page ??= readPage(body)
      const next = measured(outer, inner, body, page, anchors)
      setPlaces((known) => (isSame(known, next) ? known : next))
    }
    const soon = () => {
      waiting ||= requestAnimationFrame(measure)
    }
    measure()
    const resized = new ResizeObserver(soon)
    for (const element of [outer, article, body]) resized.observe(element)
    const changed = new MutationObserver((records) => {
      // Panels live; they are no text.
      if (records.every(({ target }) => (target instanceof Element ? target : target.parentElement)?.closest('.grid-block'))) return
      page = null
      soon()
    })
    changed.observe(body, { childList: true, characterData: true, subtree: true })
    return () => {
      cancelAnimationFrame(waiting)
      resized.disconnect()
      changed.disconnect()
    }
  }, [frame, list, anchors])
  return places
}

function measured(frame: HTMLElement, list: HTMLElement, body: Element, page: PageText, anchors: ReadonlyMap<number, Anchor>): Places {
  const outer = frame.getBoundingClientRect()
  const isComplete = body.querySelector('.markdown-raw, .formula[data-waits]') === null
  const place = (anchor: Anchor): Place => {
    if (!anchor) return 'whole'
    const at = 'panel' in anchor ? panelOf(body, anchor) : wordsOf(page, anchor)
    if (!at) return isComplete ? 'lost' : 'unknown'
    return { at, top: Math.round(topOf(at) - outer.top) }
  }
  return {
    of: new Map([...anchors].map(([id, anchor]) => [id, place(anchor)])),
    top: Math.round(list.getBoundingClientRect().top - outer.top),
    edge: Math.round(body.getBoundingClientRect().right - outer.left),
  }
}

const wordsOf = (page: PageText, anchor: Exclude<Anchor, null | PanelAnchor>): Range | null => {
  const passage = findQuote(page.text, anchor, startOf(page, anchor.block))
  return passage && rangeOf(page, passage)
}

/** The panel, and of several with the same id the nearest to where it was. */
function panelOf(body: Element, { panel, block }: PanelAnchor): Element | null {
  const far = (element: Element) => Math.abs(Number(element.closest<HTMLElement>('[data-block]')?.dataset['block'] ?? 0) - block)
  const panels = [...body.querySelectorAll<HTMLElement>('[data-panel]')].filter((element) => element.dataset['panel'] === panel)
  return panels.sort((left, right) => far(left) - far(right))[0] ?? null
}

function topOf(at: Range | Element): number {
  const element = at instanceof Range ? at.startContainer.parentElement : at
  const seen = element && seenOf(element)
  return (seen && seen !== element ? seen : at).getBoundingClientRect().top
}

const isSameSpot = (left: Range | Element, right: Range | Element) =>
  left instanceof Range && right instanceof Range
    ? left.startContainer === right.startContainer && left.startOffset === right.startOffset && left.endContainer === right.endContainer && left.endOffset === right.endOffset
    : left === right

const isSame = (left: Places, right: Places) =>
  left.top === right.top && left.edge === right.edge && left.of.size === right.of.size &&
  [...left.of].every(([id, one]) => {
    const other = right.of.get(id)
    return isFound(one) && isFound(other) ? one.top === other.top && isSameSpot(one.at, other.at) : one === other
  })
