import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { cancelImport, importedQuery, importsQuery, startImport, type Import } from '../../api/exports.ts'
import { destinationsQuery } from '../../api/moves.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Select } from '../../ui/Select.tsx'
import { importOutcome } from './outcome.ts'

/** Takes in what was exported here or elsewhere. */
export function Imports() {
  const cache = useQueryClient()
  const imports = useInfiniteQuery(importsQuery)
  const places = useQuery(destinationsQuery)
  const [file, setFile] = useState<File | null>(null)
  const [into, setInto] = useState('')
  const starting = useMutation({
    mutationFn: (file: File) => startImport(file, into),
    onSuccess: () => cache.invalidateQueries({ queryKey: importsQuery.queryKey }),
  })
  const shown = imports.data?.pages.flatMap(({ items }) => items) ?? []
  const options: [string, string][] = [['', 'The teams of the same names'], ...(places.data ?? []).map(({ entity, display_name: name }): [string, string] => [entity, name])]
  return (
    <section className="card section" aria-label="Imports">
      <h2>Imports</h2>
      <p className="quiet">The file of an export is checked before anything of it comes in. What is here already does not come twice.</p>
      <form
        className="table-tools"
        onSubmit={(event) => {
          event.preventDefault()
          if (file) starting.mutate(file)
        }}
      >
        <Field label="File" type="file" accept=".tar" required onChange={(event) => setFile(event.target.files?.[0] ?? null)} />
        <Select label="Into" value={into} options={options} onChange={(event) => setInto(event.target.value)} />
        <Button type="submit" kind="primary" disabled={!file || starting.isPending}>{starting.isPending ? 'Sending the file…' : 'Import'}</Button>
      </form>
      <ErrorText error={starting.error ?? imports.error} />
      {imports.isPending ? <Loading what="imports" rows={2} /> : null}
      {shown.length > 0 ? (
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Imports, newest first">
          <table className="table">
            <thead><tr><th>When</th><th>Of</th><th>What became of it</th><th><span className="visually-hidden">Actions</span></th></tr></thead>
            <tbody>{shown.map((one) => <Row key={one.id} one={one} />)}</tbody>
          </table>
        </div>
      ) : null}
      {imports.hasNextPage ? <Button disabled={imports.isFetchingNextPage} onClick={() => void imports.fetchNextPage()}>Show older imports</Button> : null}
    </section>
  )
}

function Row({ one }: { one: Import }) {
  const cache = useQueryClient()
  const [isOpen, setOpen] = useState(false)
  const cancelling = useMutation({ mutationFn: () => cancelImport(one.id), onSettled: () => cache.invalidateQueries({ queryKey: importsQuery.queryKey }) })
  return (
    <tr>
      <td><Ago time={one.created_at} /></td>
      <td>{one.of}</td>
      <td>{importOutcome(one)}{isOpen ? <Names id={one.id} /> : null}</td>
      <td className="table-actions">
        {one.state === 'running' ? <Button disabled={cancelling.isPending} onClick={() => cancelling.mutate()}>Cancel</Button> : (
          <Button aria-expanded={isOpen} aria-label={`What came in of ${one.of}`} onClick={() => setOpen(!isOpen)}>Details</Button>
        )}
        <ErrorText error={cancelling.error} />
      </td>
    </tr>
  )
}

function Names({ id }: { id: number }) {
  const query = useQuery(importedQuery(id))
  if (!query.data) return query.error ? <ErrorText error={query.error} /> : <Loading what="the new names" rows={2} />
  return (
    <ul>
      {query.data.map((item) => (
        <li key={`${item.kind} ${item.old_name}`}>
          {item.old_name} {item.new_name ? `is ${item.new_name} here` : 'did not come in'}{item.reason ? `: ${item.reason}` : ''}
        </li>
      ))}
    </ul>
  )
}
