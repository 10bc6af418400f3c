import { useEffect, useRef } from 'react'
import { mountLine, type Chart, type LineSpec } from '../charts/line.ts'
import '../charts/charts.css'

/** The chart engine inside React: mounted once, then told what to draw. */
export function LineChart({ spec }: { spec: LineSpec }) {
  const element = useRef<HTMLDivElement>(null)
  const chart = useRef<Chart>(null)
  const latest = useRef(spec)
  latest.current = spec
  useEffect(() => {
    if (!element.current) return
    const mounted = mountLine(element.current, latest.current)
    chart.current = mounted
    return () => mounted.destroy()
  }, [])
  useEffect(() => chart.current?.update(spec), [spec])
  return <div ref={element} />
}
