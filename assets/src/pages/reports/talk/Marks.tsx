import { MessageSquare } from 'lucide-react'
import type { Thread } from '../../../api/talk.ts'
import { nameOf } from '../../../lib/people.ts'
import { stack } from '../../../lib/report/margin.ts'
import { isFound, type Places } from './usePlaces.ts'

const SIZE = 24

type Props = { threads: Thread[]; places: Places; pointed: number | null; onPoint: (id: number | null) => void; onChoose: (id: number) => void }

/** At the end of lines that have words somebody wrote about: the way to what was written. */
export function Marks({ threads, places: { of, edge }, pointed, onPoint, onChoose }: Props) {
  const marked = threads
    .flatMap((thread) => {
      const place = of.get(thread.id)
      return isFound(place) && place.at instanceof Range && thread.anchor && 'quote' in thread.anchor ? [{ thread, quote: thread.anchor.quote, top: place.top }] : []
    })
    .sort((left, right) => left.top - right.top)
  const tops = stack(marked.map(({ top }) => ({ want: top, height: SIZE })), 0)
  return marked.map(({ thread: { id, comments, resolved_at: resolved }, quote }, index) => (
    <button
      key={id} type="button" className="comment-mark" style={{ top: tops[index], left: edge }} data-pointed={id === pointed ? '' : undefined} data-resolved={resolved ? '' : undefined}
      aria-label={`Thread by ${nameOf(comments[0]?.author ?? null)} about “${quote.slice(0, 60)}”`}
      onClick={() => onChoose(id)} onPointerEnter={() => onPoint(id)} onPointerLeave={() => onPoint(null)} onFocus={() => onPoint(id)} onBlur={() => onPoint(null)}
    >
      <MessageSquare size={14} aria-hidden />
    </button>
  ))
}
