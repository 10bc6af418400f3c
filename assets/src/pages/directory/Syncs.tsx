import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { statusQuery, sync, syncQuery, syncsQuery, undo, type Outcome, type Status, type Sync } from '../../api/directory.ts'
import { sessionQuery } from '../../api/session.ts'
import { formatDuration } from '../../lib/format.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Changes } from './Changes.tsx'

const OUTCOMES: Record<Outcome, string> = {
  applied: 'changes made',
  unchanged: 'nothing to do',
  refused: 'refused itself',
  failed: 'failed',
  undone: 'taken back',
}

/** How the last sync ended, ways to run one, and those of the last 90 days. */
export function Syncs({ status }: { status: Status }) {
  const cache = useQueryClient()
  const [confirming, setConfirming] = useState(false)
  const refresh = async () => {
    await cache.invalidateQueries({ queryKey: statusQuery.queryKey })
    await cache.invalidateQueries({ queryKey: sessionQuery.queryKey })
  }
  const running = useMutation({ mutationFn: sync, onSettled: refresh })
  const undoing = useMutation({ mutationFn: undo, onSuccess: () => setConfirming(false), onSettled: refresh })
  const shown = running.data
  const dry = running.variables?.dry_run
  const busy = running.isPending || undoing.isPending || status.running_since !== null
  return (
    <>
      <section className="card directory-card" aria-label="State">
        <h2>State</h2>
        {status.alert ? <div className="error-text" role="alert"><p>The last sync changed nothing: {status.alert}</p></div> : null}
        <Summary status={status} />
        <div className="directory-actions">
          <Button disabled={busy} onClick={() => running.mutate({ dry_run: true, allow_removals: false })}>Show what a sync would change</Button>
          <Button kind="primary" disabled={busy || !status.enabled} onClick={() => running.mutate({ dry_run: false, allow_removals: false })}>Sync now</Button>
          {status.can_undo === null ? null : <Button kind="danger" disabled={busy} onClick={() => setConfirming(true)}>Take the last sync back</Button>}
        </div>
        {busy ? <p role="status" className="quiet">The directory is being asked…</p> : null}
        <ErrorText error={running.error} />
        {undoing.isSuccess ? <p role="status">The last sync is taken back.</p> : null}
        {undoing.data?.items.map(({ what, because }) => <p key={what + because} className="quiet">{what}: {because}</p>)}
        {shown && !running.isPending ? (
          <div role="status">
            <p><strong>{result(shown, dry === true)}</strong></p>
            <Changes changes={shown.changes} kept={shown.kept} />
            {shown.outcome === 'refused' && status.enabled ? (
              <div><Button kind="danger" onClick={() => running.mutate({ dry_run: false, allow_removals: true })}>These changes are right: make them</Button></div>
            ) : null}
          </div>
        ) : null}
      </section>
      <History />
      {confirming && status.can_undo !== null ? (
        <Dialog title="Take the last sync back?" onClose={() => setConfirming(false)}>
          <p>Accounts and seats become as they were before it, but for what people changed since. No sync runs by itself until you run one.</p>
          <ErrorText error={undoing.error} />
          <div className="dialog-actions">
            <Button autoFocus onClick={() => setConfirming(false)}>Leave it</Button>
            <Button kind="danger" disabled={undoing.isPending} onClick={() => undoing.mutate(status.can_undo as number)}>Take it back</Button>
          </div>
        </Dialog>
      ) : null}
    </>
  )
}

function result(shown: Sync, dry: boolean): string {
  const count = shown.changes.length
  if (shown.outcome === 'refused') return `Refused: ${shown.why}`
  if (shown.outcome === 'failed') return `The directory did not tell everything: ${shown.why}`
  if (count === 0) return 'Everything is as the directory says.'
  return dry ? `A sync would make ${count} changes.` : `${count} changes were made.`
}

function Summary({ status }: { status: Status }) {
  const last = status.last_sync
  const rhythm = status.paused
    ? 'The schedule rests, because the last sync was taken back. Run one to go on.'
    : status.sync_minutes === null ? 'No schedule: a sync runs when somebody asks for it.' : `A sync runs every ${status.sync_minutes} minutes, one at a time.`
  return (
    <>
      <p>{rhythm} One that takes something from more than {status.removals_max_percent} % of people changes nothing.</p>
      {last ? <p>Last sync: <strong>{OUTCOMES[last.outcome]}</strong>, <Ago time={last.finished_at} />; {last.people} people and {last.groups} groups.</p> : <p>There was no sync yet.</p>}
    </>
  )
}

function History() {
  const query = useInfiniteQuery(syncsQuery)
  const [opened, setOpened] = useState<number | null>(null)
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <section className="card section" aria-label="Last syncs">
      <h2>Last syncs</h2>
      <p className="quiet">Kept for 90 days. A sync by the schedule that finds nothing to do is not listed.</p>
      <ErrorText error={query.error} />
      {items.length > 0 ? (
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Syncs">
          <table className="table">
            <thead>
              <tr>
                <th>When</th><th>By</th><th>Result</th><th className="number">Added</th><th className="number">Changed</th><th className="number">Removed</th>
                <th className="number">People</th><th className="number">Groups</th><th className="number">Took</th><th className="number">Directory’s part</th><th><span className="visually-hidden">Actions</span></th>
              </tr>
            </thead>
            <tbody>{items.map((item) => <Row key={item.id} item={item} onOpen={() => setOpened(item.id)} />)}</tbody>
          </table>
        </div>
      ) : null}
      {query.hasNextPage ? <div className="table-more"><Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>Show more</Button></div> : null}
      {opened === null ? null : <Details id={opened} onClose={() => setOpened(null)} />}
    </section>
  )
}

function Row({ item, onOpen }: { item: Sync; onOpen: () => void }) {
  const took = Date.parse(item.finished_at) - Date.parse(item.started_at)
  return (
    <tr>
      <td><Ago time={item.finished_at} /></td>
      <td>{item.started_by}</td>
      <td title={item.why}>{OUTCOMES[item.outcome]}{item.times > 1 ? ` (${item.times} times)` : ''}</td>
      <td className="number">{item.added}</td>
      <td className="number">{item.changed}</td>
      <td className="number">{item.removed}</td>
      <td className="number">{item.people}</td>
      <td className="number">{item.groups}</td>
      <td className="number">{item.times > 1 ? '—' : formatDuration(took / 1000)}</td>
      <td className="number">{formatDuration(item.reading_ms / 1000)}</td>
      <td className="table-actions"><Button aria-label={`Show sync ${item.id}`} onClick={onOpen}>Show</Button></td>
    </tr>
  )
}

function Details({ id, onClose }: { id: number; onClose: () => void }) {
  const query = useQuery(syncQuery(id))
  return (
    <Dialog title={`Sync ${id}`} onClose={onClose}>
      <ErrorText error={query.error} />
      {query.data?.why ? <p>{query.data.why}</p> : null}
      {query.data ? <Changes changes={query.data.changes} kept={query.data.kept} /> : null}
      <div className="dialog-actions"><Button autoFocus onClick={onClose}>Close</Button></div>
    </Dialog>
  )
}
