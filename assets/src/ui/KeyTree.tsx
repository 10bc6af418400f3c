import { useState } from 'react'
import { formatValue } from '../lib/format.ts'
import { flatten } from '../lib/tree.ts'
import { CopyButton } from './CopyButton.tsx'
import './keytree.css'

/** Keys and values with a search; every value can be copied whole. */
export function KeyTree({ title, values, empty }: { title: string; values: Record<string, unknown>; empty: string }) {
  const [search, setSearch] = useState('')
  const nodes = flatten(values, search)
  const count = Object.keys(values).length
  return (
    <section className="card keytree" aria-label={title}>
      <div className="keytree-head">
        <h2>{title} <span className="quiet">{count}</span></h2>
        {count > 0 ? (
          <>
            <input
              className="input" type="search" placeholder={`Search ${title.toLowerCase()}`} aria-label={`Search ${title.toLowerCase()}`}
              value={search} onChange={(event) => setSearch(event.target.value)}
            />
            <CopyButton text={JSON.stringify(values, null, 2)} what={`${title.toLowerCase()} as JSON`} />
          </>
        ) : null}
      </div>
      {count === 0 ? <p className="keytree-empty quiet">{empty}</p> : null}
      {count > 0 && nodes.length === 0 ? <p className="keytree-empty quiet">No key or value contains “{search}”.</p> : null}
      <ul className="keytree-rows">
        {nodes.map(({ path, name, depth, value, children }) => (
          <li key={path} className="keytree-row">
            <span className="keytree-name mono" title={path} style={{ paddingLeft: depth * 16 }}>{name}</span>
            {children > 0 ? (
              <span className="quiet">{children} {children === 1 ? 'key' : 'keys'}</span>
            ) : (
              <span className="keytree-value mono" title={asText(value)}>{formatValue(value)}</span>
            )}
            <CopyButton text={asText(value)} what={`value of ${path}`} iconOnly />
          </li>
        ))}
      </ul>
    </section>
  )
}

const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value) ?? '')
