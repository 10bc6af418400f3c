import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { createKey, keysQuery, revokeKey, type Key } from '../../api/keys.ts'
import { expiryAfter, EXPIRIES, isPast } from '../../lib/expiry.ts'
import { formatTime, parseTime } from '../../lib/format.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { EmptyRows } from '../../ui/EmptyRows.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Secret } from '../../ui/Secret.tsx'
import { Select } from '../../ui/Select.tsx'

/** The API keys of an account that one manages: making, looking over, revoking. */
export function Keys({ username }: { username: string }) {
  const keys = useQuery(keysQuery(username))
  return (
    <>
      <Create username={username} />
      <ErrorText error={keys.error} />
      {keys.isPending ? <Loading what="keys" rows={2} /> : null}
      {keys.data?.length === 0 ? <EmptyRows text="There is no key yet." /> : null}
      {keys.data && keys.data.length > 0 ? (
        <div className="table-scroll" tabIndex={0} role="region" aria-label={`Keys of ${username}`}>
          <table className="table">
            <thead><tr><th>Name</th><th>Key</th><th>Made</th><th>Expires</th><th>Last used</th><th><span className="visually-hidden">Actions</span></th></tr></thead>
            <tbody>{keys.data.map((key) => <Row key={key.id} username={username} item={key} />)}</tbody>
          </table>
        </div>
      ) : null}
    </>
  )
}

function Create({ username }: { username: string }) {
  const cache = useQueryClient()
  const creating = useMutation({
    mutationFn: (form: FormData) => {
      const expires = expiryAfter(String(form.get('expiry')), Date.now())
      return createKey(username, { name: String(form.get('name')), ...(expires ? { expires_at: expires } : {}) })
    },
    onSuccess: () => cache.invalidateQueries({ queryKey: keysQuery(username).queryKey }),
  })
  return (
    <>
      <form
        className="section-form"
        onSubmit={(event) => {
          event.preventDefault()
          creating.mutate(new FormData(event.currentTarget))
        }}
      >
        <Field label="Name of a new key" name="name" placeholder="what uses it" required maxLength={100} />
        <Select label="Expires" name="expiry" options={EXPIRIES} defaultValue="" />
        <Button kind="primary" type="submit" disabled={creating.isPending}>Create key</Button>
      </form>
      <ErrorText error={creating.error} />
      {creating.data ? (
        <div className="section-form">
          <Secret secret={creating.data.secret} what="key">{`The key ${creating.data.name} is shown this once.`}</Secret>
        </div>
      ) : null}
    </>
  )
}

function Row({ username, item }: { username: string; item: Key }) {
  const cache = useQueryClient()
  const [asking, setAsking] = useState(false)
  const revoking = useMutation({ mutationFn: () => revokeKey(username, item.id), onSettled: () => cache.invalidateQueries({ queryKey: keysQuery(username).queryKey }) })
  const expires = parseTime(item.expires_at)
  return (
    <tr>
      <td>{item.name}</td>
      <td><code className="quiet">{item.hint}</code></td>
      <td><Ago time={item.created_at} /></td>
      <td>{expires === null ? 'never' : isPast(expires, Date.now()) ? <span className="quiet">expired</span> : formatTime(expires)}</td>
      <td>{item.last_used_at ? <Ago time={item.last_used_at} /> : 'never'}</td>
      <td className="table-actions">
        {asking ? (
          <>
            <Button onClick={() => setAsking(false)}>Keep</Button>{' '}
            <Button kind="danger" disabled={revoking.isPending} onClick={() => revoking.mutate()}>Revoke for good</Button>
          </>
        ) : <Button aria-label={`Revoke ${item.name}`} onClick={() => setAsking(true)}>Revoke</Button>}
        <ErrorText error={revoking.error} />
      </td>
    </tr>
  )
}
