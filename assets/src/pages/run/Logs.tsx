import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useLayoutEffect, useRef, useState, type ReactNode } from 'react'
import { logHeadQuery, logTailQuery, type LogLine } from '../../api/runs.ts'
import { formatTime, parseTime, stripTerminalCodes } from '../../lib/format.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Loading } from '../../ui/Loading.tsx'
import type { TabProps } from './RunPage.tsx'
import './logs.css'

/** The console: its newest lines, or from the first one on. */
export function Logs({ address, run }: TabProps) {
  const [fromStart, setFromStart] = useState(false)
  const tail = useQuery({ ...logTailQuery(address, run.logLineCount), enabled: !fromStart })
  const head = useInfiniteQuery({ ...logHeadQuery(address), enabled: fromStart })

  const lines = fromStart ? head.data?.pages.flatMap((page) => page.logLines.edges.map((edge) => edge.node)) : tail.data
  const error = fromStart ? head.error : tail.error
  if (!lines) return error ? <ErrorText error={error} /> : <Loading what="console lines" rows={10} />
  if (lines.length === 0) {
    return <p className="run-empty quiet">{run.state === 'running' ? 'Waiting for the first line…' : 'This run wrote nothing to its console.'}</p>
  }
  return (
    <Console lines={lines} startsAtEnd={!fromStart}>
      <span className="quiet">{lines.length} of {run.logLineCount} lines</span>
      {fromStart ? <Button onClick={() => setFromStart(false)}>Show the newest lines</Button> : null}
      {!fromStart && run.logLineCount > lines.length ? <Button onClick={() => setFromStart(true)}>Show from the first line</Button> : null}
      {fromStart && head.hasNextPage ? <Button disabled={head.isFetchingNextPage} onClick={() => void head.fetchNextPage()}>Show more lines</Button> : null}
    </Console>
  )
}

/** Lines that stay at their end until somebody scrolls up. */
function Console({ lines, startsAtEnd, children }: { lines: LogLine[]; startsAtEnd: boolean; children: ReactNode }) {
  const [follow, setFollow] = useState(startsAtEnd)
  const list = useRef<HTMLOListElement>(null)
  useLayoutEffect(() => setFollow(startsAtEnd), [startsAtEnd])
  useLayoutEffect(() => {
    if (follow && list.current) list.current.scrollTop = list.current.scrollHeight
  }, [follow, lines])
  return (
    <section className="card logs" aria-label="Console">
      <div className="logs-head">
        {children}
        <label className="logs-follow"><input type="checkbox" checked={follow} onChange={(event) => setFollow(event.target.checked)} /> Follow</label>
      </div>
      <ol
        ref={list} className="logs-lines" tabIndex={0} aria-label="Console lines"
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => setFollow(scrollTop + clientHeight >= scrollHeight - 4)}
      >
        {lines.map((line) => <Line key={line.number} line={line} />)}
      </ol>
    </section>
  )
}

function Line({ line: { number, timestamp, level, line } }: { line: LogLine }) {
  const time = parseTime(timestamp)
  const error = level === 'error'
  return (
    <li className={error ? 'logs-error' : ''} title={time === null ? undefined : formatTime(time)}>
      <span className="logs-number" aria-hidden>{Number(number) + 1}</span>
      {error ? <span className="visually-hidden">stderr: </span> : null}
      <span>{stripTerminalCodes(line)}</span>
    </li>
  )
}
