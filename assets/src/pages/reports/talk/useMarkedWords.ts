import { useEffect, type RefObject } from 'react'
import { isFound, type Place } from './usePlaces.ts'

type Marked = { /** In the order of their threads, with the one that is being written. */ places: ReadonlyMap<number, Place>; pointed: number | null }

/**
 * Colours what is written about, stronger where somebody points at it, without changing the page: words by the browser's highlights,
 * panels by an attribute.
 */
export function useMarkedWords({ places, pointed }: Marked): void {
  useEffect(() => {
    const ranges = [...places].flatMap(([id, place]) => (isFound(place) && place.at instanceof Range ? [{ id, range: place.at }] : []))
    const panel = pointed === null ? undefined : places.get(pointed)
    const element = isFound(panel) && panel.at instanceof Element ? panel.at : null
    element?.setAttribute('data-pointed', '')
    // A browser without them shows the marks beside the text alone.
    const registry = 'highlights' in CSS ? CSS.highlights : null
    registry?.set('commented', new Highlight(...ranges.filter(({ id }) => id !== pointed).map(({ range }) => range)))
    registry?.set('commented-pointed', new Highlight(...ranges.filter(({ id }) => id === pointed).map(({ range }) => range)))
    return () => {
      element?.removeAttribute('data-pointed')
      registry?.delete('commented')
      registry?.delete('commented-pointed')
    }
  }, [places, pointed])
}

type Pointing = { places: ReadonlyMap<number, Place>; onPoint: (id: number | null) => void; onChoose: (id: number) => void }

/** Tells which words somebody points at, and which they click on. */
export function usePointing(frame: RefObject<HTMLElement | null>, { places, onPoint, onChoose }: Pointing): void {
  useEffect(() => {
    const body = frame.current?.querySelector<HTMLElement>('.report-body')
    if (!body) return
    const under = ({ clientX: x, clientY: y }: MouseEvent) => {
      for (const [id, place] of places) {
        if (!isFound(place) || !(place.at instanceof Range)) continue
        for (const box of place.at.getClientRects()) if (x >= box.left && x <= box.right && y >= box.top && y <= box.bottom) return id
      }
      return null
    }
    let waiting = 0
    const onMove = (event: PointerEvent) => {
      waiting ||= requestAnimationFrame(() => {
        waiting = 0
        onPoint(under(event))
      })
    }
    const onLeave = () => onPoint(null)
    const onClick = (event: MouseEvent) => {
      const id = under(event)
      const isElsewhere = event.target instanceof Element && event.target.closest('a, button, summary') !== null
      if (id !== null && !isElsewhere && getSelection()?.isCollapsed !== false) onChoose(id)
    }
    body.addEventListener('pointermove', onMove)
    body.addEventListener('pointerleave', onLeave)
    body.addEventListener('click', onClick)
    return () => {
      cancelAnimationFrame(waiting)
      body.removeEventListener('pointermove', onMove)
      body.removeEventListener('pointerleave', onLeave)
      body.removeEventListener('click', onClick)
    }
  }, [frame, places, onPoint, onChoose])
}
