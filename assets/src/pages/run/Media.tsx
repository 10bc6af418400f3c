import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { tableQuery, type MediaKind, type Row, type RunAddress } from '../../api/runs.ts'
import { toFiles, type LoggedFiles } from '../../lib/series.ts'
import { filePath } from '../../paths.ts'
import { DataTable } from '../../ui/DataTable.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'

/** One of the steps at which files were logged: the newest until somebody picks another. */
export function useStep(logged: LoggedFiles[]): { shown: LoggedFiles | undefined; picker: ReactNode } {
  const [picked, setPicked] = useState<number | null>(null)
  const index = Math.min(picked ?? logged.length - 1, logged.length - 1)
  const shown = logged[index]
  const picker = shown ? (
    <label className="media-step">
      <span className="quiet number">Step {shown.step}</span>
      <input type="range" min={0} max={logged.length - 1} value={index} disabled={logged.length < 2} onChange={(event) => setPicked(Number(event.target.value))} />
    </label>
  ) : null
  return { shown, picker }
}

/** The files under one key, a step at a time. */
export function Media({ name, kind, address, rows }: { name: string; kind: MediaKind; address: RunAddress; rows: Row[] }) {
  const { shown, picker } = useStep(toFiles(rows, name))
  return (
    <figure className="card panel">
      <figcaption className="panel-head"><span className="panel-title truncate">{name}</span></figcaption>
      <div className={`media-strip media-${kind}`}>
        {shown?.files.map(({ path, caption }) => (
          <div key={path} className="media-item">
            <Item kind={kind} name={name} step={shown.step} address={address} path={path} />
            {caption ? <span>{caption}</span> : null}
          </div>
        ))}
      </div>
      {picker}
    </figure>
  )
}

type ItemProps = { kind: MediaKind; name: string; step: number; address: RunAddress; path: string }

function Item({ kind, name, step, address, path }: ItemProps) {
  const source = filePath(address.entity, address.project, address.run, path)
  const label = `${name} at step ${step}`
  switch (kind) {
    case 'image':
      return <a href={source} target="_blank" rel="noreferrer"><img src={source} alt={label} loading="lazy" /></a>
    case 'audio':
      return <audio src={source} aria-label={label} controls preload="none" />
    case 'video':
      return <video src={source} aria-label={label} controls preload="metadata" />
    case 'html':
      // What people logged may do what it wants in there: it has no part in this site.
      return <iframe src={source} title={label} sandbox="allow-scripts" loading="lazy" />
    case 'table':
      return <LoggedTable name={name} address={address} path={path} />
  }
}

function LoggedTable({ name, address, path }: { name: string; address: RunAddress; path: string }) {
  const table = useQuery(tableQuery(address, path))
  return table.data ? <DataTable name={name} table={table.data} /> : <ErrorText error={table.error} />
}
