import { useQueryClient } from '@tanstack/react-query'
import { MessageSquarePlus } from 'lucide-react'
import { useCallback, useEffect, useMemo, useRef, useState, type CSSProperties, type RefObject } from 'react'
import { attentionQuery, beginThread, talkQuery, type Talk, type Thread } from '../../../api/talk.ts'
import type { Anchor } from '../../../lib/report/anchors.ts'
import { stack } from '../../../lib/report/margin.ts'
import { unfold } from '../../../lib/report/passages.ts'
import { Button } from '../../../ui/Button.tsx'
import { ErrorText } from '../../../ui/ErrorText.tsx'
import { Select } from '../../../ui/Select.tsx'
import { Composer } from './Composer.tsx'
import { Marks } from './Marks.tsx'
import { SelectionButton } from './SelectionButton.tsx'
import { Subject } from './Subject.tsx'
import type { Begun } from './Talked.tsx'
import { ThreadCard } from './ThreadCard.tsx'
import { useAddressed } from './useAddressed.ts'
import { useHeights } from './useHeights.ts'
import { useMarkedWords, usePointing } from './useMarkedWords.ts'
import { useNews } from './useNews.ts'
import { elementAt, isFound, usePlaces, type Place, type Places } from './usePlaces.ts'
import './margin.css'

/** Pixels between threads. */
const GAP = 8
/** Stands for the thread that is being begun. */
const NEW = 0

type Shown = 'open' | 'resolved' | 'all'
type Props = {
  report: string
  frame: RefObject<HTMLDivElement | null>
  talk: Talk | null
  error: Error | null
  begun: Begun | null
  onBegin: (begun: Begun | null) => void
  /** A thread that somebody asked to see. */
  asked: number | null
  onShown: () => void
}

/** What is said about a report, each thread beside what it is about. */
export function Margin({ report, frame, talk, error, begun, onBegin, asked, onShown }: Props) {
  const list = useRef<HTMLOListElement>(null)
  const [shown, setShown] = useState<Shown>('open')
  const [pointed, setPointed] = useState<number | null>(null)
  const [active, setActive] = useState<number | null>(null)
  const threads = talk?.threads ?? NONE
  const visible = useMemo(() => threads.filter(({ resolved_at: at, id }) => shown === 'all' || id === active || (at === null) === (shown === 'open')), [threads, shown, active])
  const anchors = useMemo(() => new Map<number, Anchor>([...visible.map(({ id, anchor }): [number, Anchor] => [id, anchor]), ...(begun ? [[NEW, begun.anchor] as [number, Anchor]] : [])]), [visible, begun])
  const places = usePlaces(frame, list, anchors)
  const order = useMemo(() => inOrder(anchors, places), [anchors, places])
  const heights = useHeights(list, order.join())
  const fixed = begun ? NEW : active
  const tops = useMemo(() => topsOf(order, places, heights, fixed), [order, places, heights, fixed])

  const choose = useCallback((id: number) => {
    setActive(id)
    requestAnimationFrame(() => {
      const card = document.getElementById(`thread-${id}`)
      card?.scrollIntoView({ block: 'nearest' })
      card?.focus({ preventScroll: true })
    })
  }, [])
  const goTo = (id: number) => {
    const place = places.of.get(id)
    const element = isFound(place) ? elementAt(place) : null
    if (!element) return
    setActive(id)
    unfold(element)
    requestAnimationFrame(() => element.scrollIntoView({ block: 'center' }))
  }
  useMarkedWords({ places: places.of, pointed: pointed ?? fixed })
  usePointing(frame, { places: places.of, onPoint: setPointed, onChoose: choose })
  const bring = useCallback((id: number) => {
    const thread = threads.find((one) => one.id === id)
    if (thread?.resolved_at) setShown('all')
    setActive(id)
  }, [threads])
  useAddressed({ isKnown: talk !== null, knows: (id) => threads.some((one) => one.id === id), bring, tops })
  useEffect(() => {
    if (asked === null) return
    choose(asked)
    onShown()
  }, [asked])

  const cache = useQueryClient()
  const refresh = () => Promise.all([cache.invalidateQueries({ queryKey: talkQuery(report).queryKey }), cache.invalidateQueries({ queryKey: attentionQuery(report).queryKey })])
  const [said, say] = useNews(report, talk)
  const byId = new Map(visible.map((thread) => [thread.id, thread]))
  const open = threads.filter((thread) => thread.resolved_at === null).length
  const bottom = Math.max(0, ...order.map((_, index) => (tops[index] ?? 0) + (heights[index] ?? 0)))
  const style = (index: number) => ({ '--top': `${tops[index] ?? 0}px` }) as CSSProperties
  const mayComment = talk?.may.comment ?? false
  return (
    <>
      <Marks threads={visible} places={places} pointed={pointed ?? fixed} onPoint={setPointed} onChoose={choose} />
      {mayComment ? <SelectionButton frame={frame} onBegin={(anchor) => onBegin({ anchor })} /> : null}
      <section className="comments" aria-label="Comments">
        <div className="comments-head">
          <h2>Comments</h2>
          <Select label="Comments that are shown" hidden value={shown} options={[['open', `Open (${open})`], ['resolved', `Resolved (${threads.length - open})`], ['all', `All (${threads.length})`]]} onChange={(event) => setShown(event.target.value as Shown)} />
          <Button disabled={!mayComment} title={talk?.may.hindrance ?? 'Comment on the report as a whole; select some words to comment on them'} onClick={() => onBegin({ anchor: null })}><MessageSquarePlus size={14} aria-hidden /> Comment</Button>
        </div>
        <ErrorText error={talk ? null : error} />
        {talk && talk.may.hindrance ? <p className="quiet comments-note">You may not comment here: {talk.may.hindrance}.</p> : null}
        {talk && order.length === 0 ? <p className="quiet comments-note">{emptyNote(shown, threads.length, mayComment)}</p> : null}
        <p className="visually-hidden" role="status">{said}</p>
        <ol ref={list} className="threads" style={{ '--height': `${bottom}px` } as CSSProperties}>
          {order.map((id, index) => {
            const thread = byId.get(id)
            const place = places.of.get(id)
            if (thread) {
              return (
                <ThreadCard
                  key={id} report={report} thread={thread} place={place} isActive={id === active} isPointed={id === pointed} style={style(index)}
                  onChoose={() => setActive(id)} onPoint={(on) => setPointed(on ? id : null)} onGo={() => goTo(id)} onChanged={refresh} say={say}
                />
              )
            }
            return (
              <li key="new" className="card thread thread-new" style={style(index)}>
                <Subject anchor={begun?.anchor ?? null} place={place} />
                <Composer
                  label="Comment" report={report} submit="Comment" focus
                  send={async (body) => {
                    const { id: made } = await beginThread(report, body, begun?.anchor ?? null)
                    await refresh()
                    say('Your comment is there.')
                    onBegin(null)
                    if (shown === 'resolved') setShown('open')
                    choose(made)
                  }}
                  onCancel={() => onBegin(null)}
                />
              </li>
            )
          })}
        </ol>
      </section>
    </>
  )
}

const NONE: Thread[] = []

function emptyNote(shown: Shown, all: number, mayComment: boolean): string {
  if (all === 0) return mayComment ? 'Nobody has commented yet. Select some words to comment on them.' : 'Nobody has commented yet.'
  return shown === 'resolved' ? 'Nothing is resolved yet.' : 'All of it is resolved.'
}

/** What is about all of the report first, then as it is read; what is not in the report any more at the end. */
function inOrder(anchors: ReadonlyMap<number, Anchor>, { of }: Places): number[] {
  const rank = (place: Place | undefined) => (isFound(place) ? place.top : place === 'whole' ? -1 : Number.MAX_SAFE_INTEGER)
  return [...anchors.keys()].sort((left, right) => rank(of.get(left)) - rank(of.get(right)) || left - right)
}

function topsOf(order: readonly number[], { of, top }: Places, heights: readonly number[], active: number | null): number[] {
  const beside = order.map((id, index) => {
    const place = of.get(id)
    return { want: isFound(place) ? Math.max(0, place.top - top) : 0, height: heights[index] ?? 0 }
  })
  const index = active === null || !isFound(of.get(active)) ? -1 : order.indexOf(active)
  return stack(beside, GAP, index < 0 ? null : index)
}
