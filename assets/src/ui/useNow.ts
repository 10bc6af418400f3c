import { useEffect, useState } from 'react'

/** The time, again every `period` milliseconds; with `null` it stands still. */
export function useNow(period: number | null): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (period === null) return
    const timer = setInterval(() => setNow(Date.now()), period)
    return () => clearInterval(timer)
  }, [period])
  return now
}
