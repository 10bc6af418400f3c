import { MessageSquarePlus } from 'lucide-react'
import { useEffect, useState, type RefObject } from 'react'
import { anchorOf, type Anchor } from '../../../lib/report/anchors.ts'
import { blockAt, passageOf, readPage } from '../../../lib/report/passages.ts'
import { Button } from '../../../ui/Button.tsx'

/** What is selected of a report's words now. */
function selectedIn(body: Element): { range: Range; anchor: Anchor } | null {
  const selection = getSelection()
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) return null
  const range = selection.getRangeAt(0)
  if (!body.contains(range.commonAncestorContainer)) return null
  const page = readPage(body)
  const passage = passageOf(page, range)
  const anchor = passage && anchorOf(page.text, passage, blockAt(page, passage.start))
  return anchor ? { range, anchor } : null
}

/** Stands below words that are selected, to comment on them; Ctrl Alt M does the same. */
export function SelectionButton({ frame, onBegin }: { frame: RefObject<HTMLElement | null>; onBegin: (anchor: Anchor) => void }) {
  const [place, setPlace] = useState<{ left: number; top: number } | null>(null)
  const body = () => frame.current?.querySelector('.report-body') ?? null
  const begin = () => {
    const element = body()
    const selected = element && selectedIn(element)
    if (!selected) return
    getSelection()?.removeAllRanges()
    onBegin(selected.anchor)
  }
  useEffect(() => {
    let waiting = 0
    const look = () => {
      waiting = 0
      const element = body()
      const selected = element && selectedIn(element)
      if (!selected || !frame.current) return setPlace(null)
      const outer = frame.current.getBoundingClientRect()
      const box = selected.range.getBoundingClientRect()
      const edge = element.getBoundingClientRect().right - outer.left
      setPlace({ left: Math.round(Math.max(0, Math.min(box.left - outer.left, edge - 120))), top: Math.round(box.bottom - outer.top + 4) })
    }
    const soon = () => {
      waiting ||= requestAnimationFrame(look)
    }
    const onKey = (event: KeyboardEvent) => {
      if (!event.ctrlKey || !event.altKey || event.code !== 'KeyM') return
      event.preventDefault()
      begin()
    }
    document.addEventListener('selectionchange', soon)
    addEventListener('keydown', onKey)
    return () => {
      cancelAnimationFrame(waiting)
      document.removeEventListener('selectionchange', soon)
      removeEventListener('keydown', onKey)
    }
  })
  if (!place) return null
  // The words stay selected while it is pressed.
  return <Button kind="primary" className="selection-button" style={place} aria-keyshortcuts="Control+Alt+M" title="Comment on these words (Ctrl Alt M)" onPointerDown={(event) => event.preventDefault()} onMouseDown={(event) => event.preventDefault()} onClick={begin}><MessageSquarePlus size={14} aria-hidden /> Comment</Button>
}
