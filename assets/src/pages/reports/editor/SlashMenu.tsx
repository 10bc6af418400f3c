import { useLayoutEffect, useRef, useState } from 'react'
import type { Offer } from './insertions.ts'
import { ReactEditor, useSlate } from './slate.ts'

type Props = { offers: Offer[]; chosen: number; onChoose: (offer: Offer) => void }

/** What can be put where the cursor is. */
export function SlashMenu({ offers, chosen, onChoose }: Props) {
  const editor = useSlate()
  const menu = useRef<HTMLDivElement>(null)
  const [place, setPlace] = useState({ left: 0, top: 0 })
  useLayoutEffect(() => {
    if (!editor.selection || !menu.current) return
    const cursor = ReactEditor.toDOMRange(editor, editor.selection).getBoundingClientRect()
    const { offsetHeight: height, offsetWidth: width } = menu.current
    const below = cursor.bottom + height + 8 < innerHeight
    setPlace({ left: Math.max(8, Math.min(cursor.left, innerWidth - width - 8)), top: Math.max(8, below ? cursor.bottom + 6 : cursor.top - height - 6) })
  }, [editor.selection, offers.length])
  return (
    <div ref={menu} id="slash-menu" role="listbox" aria-label="Insert" className="slash-menu" style={place}>
      {offers.map((offer, index) => (
        // The cursor stays where it is.
        <div key={offer.name} id={`slash-${index}`} role="option" aria-selected={index === chosen} className="slash-offer" onMouseDown={(event) => event.preventDefault()} onClick={() => onChoose(offer)}>{offer.name}</div>
      ))}
    </div>
  )
}
