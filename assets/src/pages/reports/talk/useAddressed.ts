import { useLocation } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { toast } from '../../../lib/toasts.ts'

type Props = { /** Whether all threads are known. */ isKnown: boolean; knows: (id: number) => boolean; bring: (id: number) => void; /** Where threads are; they move while the page comes together. */ tops: readonly number[] }

/** How long a thread is kept in sight while panels above it take their places. */
const SETTLING = 3_000

/** Opens the thread that the address names, and keeps it in sight until the page has come together or somebody moves on. */
export function useAddressed({ isKnown, knows, bring, tops }: Props): void {
  const hash = useLocation({ select: (location) => location.hash })
  const id = Number(/^thread-(\d+)$/.exec(hash)?.[1] ?? Number.NaN)
  const until = useRef(0)
  useEffect(() => {
    if (!isKnown || Number.isNaN(id)) return
    if (!knows(id)) {
      toast('The comment of this address is not there any more.')
      return
    }
    bring(id)
    until.current = Date.now() + SETTLING
    const stop = () => {
      until.current = 0
    }
    const ways = ['wheel', 'pointerdown', 'keydown'] as const
    for (const way of ways) addEventListener(way, stop, { passive: true })
    return () => ways.forEach((way) => removeEventListener(way, stop))
  }, [isKnown, id])
  useEffect(() => {
    if (Date.now() >= until.current) return
    const card = document.getElementById(`thread-${id}`)
    card?.scrollIntoView({ block: 'center' })
    if (document.activeElement === document.body) card?.focus({ preventScroll: true })
  }, [tops, id, isKnown])
}
