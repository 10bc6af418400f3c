import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useCallback, useMemo, useRef, useState, type ReactNode } from 'react'
import type { Report } from '../../../api/reports.ts'
import { talkQuery } from '../../../api/talk.ts'
import type { Anchor } from '../../../lib/report/anchors.ts'
import type { Width } from '../../../lib/report/spec.ts'
import { useMedia } from '../../../ui/useMedia.ts'
import { TalkContext } from './context.ts'
import './talked.css'

const Margin = lazy(() => import('./Margin.tsx').then((module) => ({ default: module.Margin })))

/** From which width of the screen on there is room beside a report. */
const ROOM: Record<Width, string> = { readable: '(min-width: 1130px)', fixed: '(min-width: 1500px)', fluid: '(min-width: 1240px)' }

/** A comment that is being written, and what it is about. */
export type Begun = { anchor: Anchor }

/** A report with what is said about it: beside it, or where there is no room, below. */
export function Talked({ report: { id }, width, children }: { report: Report; width: Width; children: ReactNode }) {
  const frame = useRef<HTMLDivElement>(null)
  const isBeside = useMedia(ROOM[width])
  const talk = useQuery(talkQuery(id))
  const [begun, setBegun] = useState<Begun | null>(null)
  const [asked, setAsked] = useState<number | null>(null)
  const { threads } = talk.data ?? {}
  const mayComment = talk.data?.may.comment ?? false
  const begin = useCallback((anchor: Anchor) => setBegun({ anchor }), [])
  const context = useMemo(() => {
    const about = new Map<string, number[]>()
    for (const { id: thread, anchor, resolved_at: resolved } of threads ?? []) {
      if (anchor && 'panel' in anchor && resolved === null) about.set(anchor.panel, [...(about.get(anchor.panel) ?? []), thread])
    }
    return {
      onPanels: new Map([...about].map(([panel, ids]) => [panel, ids.length])),
      mayComment,
      begin,
      show: (panel: string) => setAsked(about.get(panel)?.[0] ?? null),
    }
  }, [threads, mayComment, begin])
  return (
    <TalkContext value={context}>
      <div ref={frame} className={isBeside ? 'talked talked-beside' : 'talked'}>
        {children}
        <Suspense fallback={null}>
          <Margin report={id} frame={frame} talk={talk.data ?? null} error={talk.error} begun={begun} onBegin={setBegun} asked={asked} onShown={() => setAsked(null)} />
        </Suspense>
      </div>
    </TalkContext>
  )
}
