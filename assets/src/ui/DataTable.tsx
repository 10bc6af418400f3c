import { useState } from 'react'
import { formatNumber } from '../lib/format.ts'
import type { Table } from '../lib/table.ts'
import { Button } from './Button.tsx'
import './table.css'

const PAGE = 200

/** A logged table, a page at a time. */
export function DataTable({ name, table: { columns, rows } }: { name: string; table: Table }) {
  const [shown, setShown] = useState(PAGE)
  return (
    <div className="panel-points" tabIndex={0} role="region" aria-label={`Table ${name}`}>
      <table className="table">
        <thead><tr>{columns.map((column, index) => <th key={index}>{column}</th>)}</tr></thead>
        <tbody>
          {rows.slice(0, shown).map((row, index) => (
            <tr key={index}>{columns.map((_, place) => <Cell key={place} value={row[place]} />)}</tr>
          ))}
        </tbody>
      </table>
      {rows.length > shown ? <Button onClick={() => setShown(shown + PAGE)}>Show more of {rows.length} rows</Button> : null}
    </div>
  )
}

function Cell({ value }: { value: unknown }) {
  if (typeof value === 'number') return <td className="number">{formatNumber(value)}</td>
  if (value === null || value === undefined) return <td className="quiet">—</td>
  if (typeof value !== 'object') return <td>{String(value)}</td>
  const { path } = value as { path?: unknown }
  return <td><code>{typeof path === 'string' ? path : JSON.stringify(value)}</code></td>
}
