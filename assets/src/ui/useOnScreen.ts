import { useEffect, useRef, useState } from 'react'

/** Whether the element is within 200 px of what can be seen. */
export function useOnScreen<E extends Element>() {
  const ref = useRef<E>(null)
  const [onScreen, setOnScreen] = useState(false)
  useEffect(() => {
    if (!ref.current) return
    const observer = new IntersectionObserver((entries) => setOnScreen(entries.at(-1)?.isIntersecting ?? false), { rootMargin: '200px' })
    observer.observe(ref.current)
    return () => observer.disconnect()
  }, [])
  return { ref, onScreen }
}
