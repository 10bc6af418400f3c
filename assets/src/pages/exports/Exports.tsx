import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { cancelExport, deleteExport, exportsQuery, type Export } from '../../api/exports.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { EmptyRows } from '../../ui/EmptyRows.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { outcome } from './outcome.ts'
import './exports.css'

/** Exports, newest first: one's own, or everybody's for who administers the server. */
export function Exports({ everybody = false }: { everybody?: boolean }) {
  const exports = useInfiniteQuery(exportsQuery(everybody))
  const shown = exports.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <section className="card section" aria-label="Exports">
      <h2>Exports</h2>
      <p className="quiet">A run, a project, a team or this server is exported from its own page. The file can be downloaded until the day that is shown.</p>
      <ErrorText error={exports.error} />
      {exports.isPending ? <Loading what="exports" rows={3} /> : null}
      {exports.data && shown.length === 0 ? <EmptyRows text="Nothing was exported yet." /> : null}
      {shown.length > 0 ? (
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Exports, newest first">
          <table className="table">
            <thead>
              <tr><th>When</th><th>Of</th>{everybody ? <th>By</th> : null}<th>What became of it</th><th>Until</th><th><span className="visually-hidden">Actions</span></th></tr>
            </thead>
            <tbody>{shown.map((one) => <Row key={one.id} one={one} everybody={everybody} />)}</tbody>
          </table>
        </div>
      ) : null}
      {exports.hasNextPage ? <Button disabled={exports.isFetchingNextPage} onClick={() => void exports.fetchNextPage()}>Show older exports</Button> : null}
    </section>
  )
}

function Row({ one, everybody }: { one: Export; everybody: boolean }) {
  const cache = useQueryClient()
  const again = () => cache.invalidateQueries({ queryKey: ['exports'] })
  const cancelling = useMutation({ mutationFn: () => cancelExport(one.id), onSettled: again })
  const deleting = useMutation({ mutationFn: () => deleteExport(one.id), onSettled: again })
  return (
    <tr>
      <td><Ago time={one.created_at} /></td>
      <td>{one.of}</td>
      {everybody ? <td>{one.asked_by ?? 'the operator'}</td> : null}
      <td>{outcome(one)}</td>
      <td>{one.expires_at && one.state === 'done' ? new Date(one.expires_at).toLocaleDateString() : ''}</td>
      <td className="table-actions">
        <span className="export-row-actions">
          {one.download ? <a className="button button-plain" href={one.download} download aria-label={`Download the export of ${one.of}`}>Download</a> : null}
          {one.state === 'running' ? <Button aria-label={`Cancel the export of ${one.of}`} disabled={cancelling.isPending} onClick={() => cancelling.mutate()}>Cancel</Button> : (
            <Button aria-label={`Delete the export of ${one.of}`} disabled={deleting.isPending} onClick={() => deleting.mutate()}>Delete</Button>
          )}
        </span>
        <ErrorText error={cancelling.error ?? deleting.error} />
      </td>
    </tr>
  )
}
