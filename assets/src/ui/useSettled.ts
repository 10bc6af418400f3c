import { useEffect, useState } from 'react'

/** The value once it has stayed the same for so many milliseconds: what somebody is typing is not asked for at every letter. */
export function useSettled<T>(value: T, delay: number): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), delay)
    return () => clearTimeout(timer)
  }, [value, delay])
  return settled
}
