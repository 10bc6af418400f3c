import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { firingsQuery, rearmAlert, type Delivery, type Firing } from '../../api/alerts.ts'
import type { ProjectAddress } from '../../api/projectSettings.ts'
import { runPath } from '../../paths.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { EmptyRows } from '../../ui/EmptyRows.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Loading } from '../../ui/Loading.tsx'

/** What alerts told, to whom, and what came of it; of one run alone if it is named. */
export function Firings({ address, run }: { address: ProjectAddress; run?: string }) {
  const firings = useQuery(firingsQuery(address, run))
  // On the page of a run there is nothing to say of nothing.
  if (run !== undefined && !firings.data?.length) return null
  return (
    <section className="card section" aria-label="What alerts told">
      <h2>What alerts told</h2>
      <ErrorText error={firings.error} />
      {firings.isPending ? <Loading what="what alerts told" rows={2} /> : null}
      {firings.data?.length === 0 ? <EmptyRows text="No alert has fired yet." /> : null}
      {firings.data && firings.data.length > 0 ? (
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Firings">
          <table className="table">
            <thead><tr><th>When</th><th>What</th>{run === undefined ? <th>Run</th> : null}<th>Told to</th><th><span className="visually-hidden">Actions</span></th></tr></thead>
            <tbody>{firings.data.map((firing) => <Row key={firing.id} address={address} firing={firing} showsRun={run === undefined} />)}</tbody>
          </table>
        </div>
      ) : null}
    </section>
  )
}

function Row({ address, firing, showsRun }: { address: ProjectAddress; firing: Firing; showsRun: boolean }) {
  const cache = useQueryClient()
  const arming = useMutation({
    mutationFn: (run: string) => rearmAlert(address, firing.alert_id, run),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['firings'] }),
  })
  const run = firing.run
  return (
    <tr>
      <td><Ago time={firing.at} /></td>
      <td className="table-prose"><strong>{firing.title}</strong> <span className="quiet">{firing.severity.toLowerCase()}</span><div>{firing.text}</div></td>
      {showsRun ? <td>{run ? <Link to={runPath({ ...address, run: run.name })}>{run.display_name || run.name}</Link> : <span className="quiet">a test</span>}</td> : null}
      <td className="table-prose">
        {firing.deliveries.map((delivery, index) => <Told key={index} delivery={delivery} />)}
        {firing.deliveries.length === 0 ? '—' : null}
      </td>
      <td className="table-actions">
        {run && firing.can_rearm ? (
          <Button aria-label={`Arm ${firing.alert} again for ${run.name}`} disabled={arming.isPending} onClick={() => arming.mutate(run.name)}>Arm again</Button>
        ) : null}
        <ErrorText error={arming.error} />
      </td>
    </tr>
  )
}

/** Whom it was told to, and what the last attempt was answered. */
function Told({ delivery: { channel, recipient, state, next_at: next, attempts } }: { delivery: Delivery }) {
  const last = attempts.at(-1)
  return (
    <div>
      {recipient} <span className="quiet">{channel === 'mail' ? 'by e-mail' : 'webhook'} · {state}{attempts.length > 1 ? `, ${attempts.length} attempts` : ''}</span>
      {last ? <div className="quiet"><Ago time={last.at} />: {last.answer}</div> : null}
      {state === 'waiting' && last && next ? <div className="quiet">again <Ago time={next} /></div> : null}
    </div>
  )
}
