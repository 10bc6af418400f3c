import { useQuery } from '@tanstack/react-query'
import { useLayoutEffect, useRef, useState } from 'react'
import { logsQuery } from '../../api/runs.ts'
import { formatTime, parseTime, stripTerminalCodes } from '../../lib/format.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Loading } from '../../ui/Loading.tsx'
import type { TabProps } from './RunPage.tsx'
import './logs.css'

const PAGE_LINES = 1000

/** The console's last lines; stays at the end until somebody scrolls up. */
export function Logs({ address, run }: TabProps) {
  const [last, setLast] = useState(PAGE_LINES)
  const [follow, setFollow] = useState(true)
  const lines = useQuery(logsQuery(address, last, run.logLineCount))
  const list = useRef<HTMLOListElement>(null)
  useLayoutEffect(() => {
    if (follow && list.current) list.current.scrollTop = list.current.scrollHeight
  }, [follow, lines.data])

  if (!lines.data) return lines.error ? <ErrorText error={lines.error} /> : <Loading what="console lines" rows={10} />
  if (lines.data.length === 0) {
    return <p className="run-empty quiet">{run.state === 'running' ? 'Waiting for the first line…' : 'This run wrote nothing to its console.'}</p>
  }
  const earlier = run.logLineCount - lines.data.length
  return (
    <section className="card logs" aria-label="Console">
      <div className="logs-head">
        <span className="quiet">{lines.data.length} of {run.logLineCount} lines</span>
        {earlier > 0 ? (
          <Button disabled={lines.isFetching} onClick={() => { setFollow(false); setLast(last + PAGE_LINES) }}>Show earlier lines</Button>
        ) : null}
        <label className="logs-follow"><input type="checkbox" checked={follow} onChange={(event) => setFollow(event.target.checked)} /> Follow</label>
      </div>
      <ol
        ref={list} className="logs-lines" tabIndex={0} aria-label="Console lines"
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => setFollow(scrollTop + clientHeight >= scrollHeight - 4)}
      >
        {lines.data.map(({ number, timestamp, level, line }) => {
          const time = parseTime(timestamp)
          const error = level === 'error'
          return (
            <li key={number} className={error ? 'logs-error' : ''} title={time === null ? undefined : formatTime(time)}>
              <span className="logs-number" aria-hidden>{number + 1}</span>
              {error ? <span className="visually-hidden">stderr: </span> : null}
              <span>{stripTerminalCodes(line)}</span>
            </li>
          )
        })}
      </ol>
    </section>
  )
}
