import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { isPrinting, onPrinting } from '../lib/printing.ts'

/** Whether the element is within 200 px of what can be seen. On paper all of a page can be. */
export function useOnScreen<E extends Element>() {
  const ref = useRef<E>(null)
  const [onScreen, setOnScreen] = useState(false)
  const printing = useSyncExternalStore(onPrinting, isPrinting)
  useEffect(() => {
    if (!ref.current) return
    const observer = new IntersectionObserver((entries) => setOnScreen(entries.at(-1)?.isIntersecting ?? false), { rootMargin: '200px' })
    observer.observe(ref.current)
    return () => observer.disconnect()
  }, [])
  return { ref, onScreen: onScreen || printing }
}
