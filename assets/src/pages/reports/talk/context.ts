// What a report and the comments beside it know of each other.
import { createContext, useContext } from 'react'
import type { Anchor } from '../../../lib/report/anchors.ts'

export type TalkState = {
  /** Open threads by the panel that they are about. */
  onPanels: ReadonlyMap<string, number>
  mayComment: boolean
  /** Begins a comment. */
  begin: (anchor: Anchor) => void
  /** Shows the first thread about a panel. */
  show: (panel: string) => void
}

const Context = createContext<TalkState | null>(null)
export const TalkContext = Context.Provider

/** Null where nothing is said about a report: in its editor, and for who came by a link. */
export const useTalk = () => useContext(Context)
