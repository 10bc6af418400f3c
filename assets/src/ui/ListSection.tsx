import type { ReactNode } from 'react'
import type { Sort } from '../lib/sort.ts'
import { EmptyRows } from './EmptyRows.tsx'
import { ErrorText } from './ErrorText.tsx'
import { Loading } from './Loading.tsx'
import { SortHead } from './SortHead.tsx'
import './sections.css'

/** What stands over a column, and what the list is sorted by when it is chosen, if it can be. */
export type Column = { name: string; sort?: string }

type Props = {
  /** Over the list, and what the section is called. */
  title: string
  /** Before the tools. */
  lead?: ReactNode
  tools: ReactNode
  error: Error | null
  isPending: boolean
  columns: Column[]
  sort: Sort
  onSort: (sort: Sort) => void
  /** What the table is called, for who does not see it. */
  label: string
  rows: ReactNode[]
  empty: { text: string; /** What hides all of them, if something does. */ filter: string; onClear: () => void }
  /** The way to further rows. */
  more?: ReactNode
}

/** A list with its tools: to find, filter and sort, with a last column of what can be done to each. */
export function ListSection({ title, lead, tools, error, isPending, columns, sort, onSort, label, rows, empty, more }: Props) {
  return (
    <section className="card section" aria-label={title}>
      <h2>{title}</h2>
      {lead}
      <div className="table-tools">{tools}</div>
      <ErrorText error={error} />
      {isPending ? <Loading what={title.toLowerCase()} rows={8} /> : null}
      {!isPending && !error && rows.length === 0 ? <EmptyRows {...empty} /> : null}
      {rows.length > 0 ? (
        <div className="table-scroll" tabIndex={0} role="region" aria-label={label}>
          <table className="table">
            <thead>
              <tr>
                {columns.map(({ name, sort: column }) => (column ? <SortHead key={name} name={name} column={column} sort={sort} onSort={onSort} /> : <th key={name}>{name}</th>))}
                <th><span className="visually-hidden">Actions</span></th>
              </tr>
            </thead>
            <tbody>{rows}</tbody>
          </table>
        </div>
      ) : null}
      {more}
    </section>
  )
}
