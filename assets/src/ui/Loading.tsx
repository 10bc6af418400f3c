import { useEffect, useState } from 'react'
import './loading.css'

/** The place of rows that are on their way. Silent for 150 ms, names what is fetched after 2 s. */
export function Loading({ what, rows = 5 }: { what: string; rows?: number }) {
  const elapsed = useStage([150, 2000])
  if (elapsed === 0) return null
  return (
    <div className="loading" role="status">
      {Array.from({ length: rows }, (_, index) => <div key={index} className="loading-row" />)}
      <p className={elapsed === 2 ? 'quiet' : 'visually-hidden'}>Fetching {what}…</p>
    </div>
  )
}

/** How many of the delays (milliseconds) have passed. */
function useStage(delays: number[]): number {
  const [stage, setStage] = useState(0)
  useEffect(() => {
    const timers = delays.map((delay, index) => setTimeout(() => setStage(index + 1), delay))
    return () => timers.forEach(clearTimeout)
    // The delays of a place never change.
  }, [])
  return stage
}
