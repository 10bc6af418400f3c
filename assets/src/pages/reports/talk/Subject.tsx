import { Quote } from 'lucide-react'
import type { Anchor } from '../../../lib/report/anchors.ts'
import { isFound, type Place } from './usePlaces.ts'

/** What a thread is about, with the way to it. */
export function Subject({ anchor, place, onGo }: { anchor: Anchor; place: Place | undefined; onGo?: () => void }) {
  if (!anchor) return <p className="subject quiet">About the report</p>
  const words = 'panel' in anchor ? panelName(place) : `“${anchor.quote}”`
  if (place === 'lost') return <p className="subject quiet">No longer in the text: <q>{'panel' in anchor ? 'a panel' : anchor.quote}</q></p>
  if (!onGo) return <p className="subject">{words}</p>
  return <p className="subject"><button type="button" className="subject-go" title="Show it in the report" onClick={onGo}><Quote size={12} aria-hidden /> <span>{words}</span></button></p>
}

function panelName(place: Place | undefined): string {
  const title = isFound(place) && place.at instanceof Element ? place.at.querySelector('.panel-title')?.textContent : null
  return title ? `Panel ${title}` : 'A panel'
}
