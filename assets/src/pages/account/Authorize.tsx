import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Eye, EyeOff, ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { createKey, keysQuery, revokeKey, type Key } from '../../api/keys.ts'
import { sessionQuery } from '../../api/session.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { CodeBlock } from '../../ui/CodeBlock.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { CardPage } from './CardPage.tsx'
import './authorize.css'

/** Where `wandb login` sends people: a key for the terminal that waits, and the keys there are. */
export function Authorize() {
  const cache = useQueryClient()
  const account = useQuery(sessionQuery).data?.account
  const creating = useMutation({ mutationFn: createKey, onSuccess: () => cache.invalidateQueries({ queryKey: keysQuery.queryKey }) })
  const secret = creating.data?.secret
  return (
    <CardPage title="Your API key">
      <p>
        It signs a machine in as <strong>{account?.username}</strong>. Paste it into the terminal that is waiting for it.
      </p>
      {secret ? (
        <Secret secret={secret} />
      ) : (
        <form
          className="authorize-create"
          onSubmit={(event) => {
            event.preventDefault()
            creating.mutate(String(new FormData(event.currentTarget).get('name')))
          }}
        >
          <Field label="Name of the key" name="name" defaultValue={`made ${new Date().toISOString().slice(0, 10)}`} required maxLength={100} />
          <Button kind="primary" type="submit" disabled={creating.isPending}>Create key</Button>
        </form>
      )}
      <ErrorText error={creating.error} />
      <hr />
      <p className="quiet">No terminal waiting? Start there with:</p>
      <CodeBlock text={`wandb login --host=${location.origin}`} what="login command" />
      <p className="quiet">Or, for jobs that nobody watches, set:</p>
      <CodeBlock text={environment(secret ? mask(secret, 8) : '…')} what="environment" copy={environment(secret ?? '')} />
      <hr />
      <Keys />
    </CardPage>
  )
}

const environment = (key: string) => `export WANDB_BASE_URL=${location.origin}\nexport WANDB_API_KEY=${key}`

const mask = (secret: string, dots: number) => `${secret.slice(0, 6)}${'•'.repeat(dots)}${secret.slice(-4)}`

function Secret({ secret }: { secret: string }) {
  const [open, setOpen] = useState(false)
  const Icon = open ? EyeOff : Eye
  return (
    <div>
      <div className="authorize-secret">
        <code data-testid="secret">{open ? secret : mask(secret, 24)}</code>
        <Button kind="icon" aria-label={open ? 'Hide key' : 'Show key'} onClick={() => setOpen(!open)}><Icon size={15} aria-hidden /></Button>
        <CopyButton text={secret} what="key" />
      </div>
      <p className="authorize-once"><ShieldCheck size={14} aria-hidden /> This key was made for you just now and is shown once.</p>
    </div>
  )
}

function Keys() {
  const keys = useQuery(keysQuery)
  if (!keys.data) return <ErrorText error={keys.error} />
  return (
    <section aria-label="Your keys">
      <h2>Your keys</h2>
      {keys.data.length === 0 ? <p className="quiet">You have none yet.</p> : null}
      <ul>{keys.data.map((key) => <KeyRow key={key.id} item={key} />)}</ul>
    </section>
  )
}

function KeyRow({ item }: { item: Key }) {
  const cache = useQueryClient()
  const [asking, setAsking] = useState(false)
  const revoking = useMutation({ mutationFn: () => revokeKey(item.id), onSettled: () => cache.invalidateQueries({ queryKey: keysQuery.queryKey }) })
  return (
    <li className="authorize-key">
      <div className="truncate">
        <span>{item.name}</span> <code className="quiet">{item.hint}</code>
        <div className="quiet">made <Ago time={item.created_at} />, {item.last_used_at ? <>used <Ago time={item.last_used_at} /></> : 'never used'}</div>
        <ErrorText error={revoking.error} />
      </div>
      {asking ? (
        <>
          <Button onClick={() => setAsking(false)}>Keep</Button>
          <Button kind="danger" disabled={revoking.isPending} onClick={() => revoking.mutate()}>Revoke for good</Button>
        </>
      ) : (
        <Button aria-label={`Revoke ${item.name}`} onClick={() => setAsking(true)}>Revoke</Button>
      )}
    </li>
  )
}
