import { useLayoutEffect, useState, type RefObject } from 'react'

/** How high each card of a list is now, in its order. `cards` says which they are. */
export function useHeights(list: RefObject<HTMLElement | null>, cards: string): readonly number[] {
  const [heights, setHeights] = useState<readonly number[]>([])
  useLayoutEffect(() => {
    if (!list.current) return
    const elements = [...list.current.children] as HTMLElement[]
    const measure = () => {
      const next = elements.map((element) => element.offsetHeight)
      setHeights((known) => (known.length === next.length && known.every((height, index) => height === next[index]) ? known : next))
    }
    measure()
    const observer = new ResizeObserver(measure)
    for (const element of elements) observer.observe(element)
    return () => observer.disconnect()
  }, [list, cards])
  return heights
}
