import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { endOtherSessions, endSession, sessionsQuery, type BrowserSession } from '../../api/sessions.ts'
import { browserName } from '../../lib/browser.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Loading } from '../../ui/Loading.tsx'

/** Where a person is signed in, and the way to end that from here. */
export function Sessions({ username }: { username: string }) {
  const cache = useQueryClient()
  const sessions = useQuery(sessionsQuery(username))
  const refresh = () => cache.invalidateQueries({ queryKey: sessionsQuery(username).queryKey })
  const ending = useMutation({ mutationFn: () => endOtherSessions(username), onSuccess: refresh })
  const others = sessions.data?.some((session) => !session.current) ?? false
  return (
    <section className="card section" aria-label="Sessions">
      <div className="section-head">
        <h2>Sessions</h2>
        <Button disabled={!others || ending.isPending} title={others ? undefined : 'There are no others'} onClick={() => ending.mutate()}>Sign out all others</Button>
      </div>
      <ErrorText error={sessions.error ?? ending.error} />
      {sessions.isPending ? <Loading what="your sessions" rows={2} /> : null}
      {sessions.data ? (
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Browsers you are signed in with">
          <table className="table">
            <thead><tr><th>Browser</th><th>Address</th><th>Signed in</th><th>Last used</th><th><span className="visually-hidden">Actions</span></th></tr></thead>
            <tbody>{sessions.data.map((session) => <Row key={session.id} username={username} session={session} />)}</tbody>
          </table>
        </div>
      ) : null}
    </section>
  )
}

function Row({ username, session }: { username: string; session: BrowserSession }) {
  const cache = useQueryClient()
  const ending = useMutation({ mutationFn: () => endSession(username, session.id), onSettled: () => cache.invalidateQueries({ queryKey: sessionsQuery(username).queryKey }) })
  const name = browserName(session.user_agent)
  return (
    <tr>
      <td title={session.user_agent}>{name}</td>
      <td>{session.address || '—'}</td>
      <td><Ago time={session.started_at} /></td>
      <td>{session.current ? 'this browser' : <Ago time={session.last_seen_at} />}</td>
      <td className="table-actions">
        {session.current ? null : <Button aria-label={`Sign out ${name}`} disabled={ending.isPending} onClick={() => ending.mutate()}>Sign out</Button>}
        <ErrorText error={ending.error} />
      </td>
    </tr>
  )
}
