import { Table2 } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { splitKey } from '../lib/metrics.ts'
import { Button } from './Button.tsx'
import './panel.css'

type Props = { title: string; note?: string | null; /** The same as rows, for who would rather read it. */ table?: (() => ReactNode) | null; /** What else can be done with it. */ actions?: ReactNode; children: ReactNode }

/** Around something drawn: its name, and the way to the same as a table. */
export function PanelFrame({ title, note = null, table = null, actions, children }: Props) {
  const [asTable, setAsTable] = useState(false)
  const { prefix, name } = splitKey(title)
  return (
    <figure className="card panel">
      <figcaption className="panel-head">
        <span className="panel-title truncate" title={title}>{prefix ? <span className="quiet">{prefix}/</span> : null}{name}</span>
        {note ? <span className="panel-note truncate" title={note}>{note}</span> : null}
        {actions}
        {table ? (
          <Button kind="icon" aria-pressed={asTable} aria-label={`${title} as a table`} title="Show as a table" onClick={() => setAsTable(!asTable)}>
            <Table2 size={14} aria-hidden />
          </Button>
        ) : null}
      </figcaption>
      <div className="panel-body">{asTable && table ? table() : children}</div>
    </figure>
  )
}

/** A table in the place of what is drawn. */
export function PanelTable({ label, columns, rows }: { label: string; columns: string[]; rows: ReactNode[][] }) {
  return (
    <div className="panel-points" tabIndex={0} role="group" aria-label={label}>
      <table className="table">
        <thead><tr>{columns.map((column, index) => <th key={index} className={index === 0 ? undefined : 'number'}>{column}</th>)}</tr></thead>
        <tbody>{rows.map((row, index) => <tr key={index}>{row.map((cell, place) => <td key={place} className={place === 0 ? undefined : 'number'}>{cell}</td>)}</tr>)}</tbody>
      </table>
    </div>
  )
}
