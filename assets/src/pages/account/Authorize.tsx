import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { createKey, keysQuery } from '../../api/keys.ts'
import { sessionQuery } from '../../api/session.ts'
import { serverAddress } from '../../paths.ts'
import { Button } from '../../ui/Button.tsx'
import { CodeBlock } from '../../ui/CodeBlock.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { mask, Secret } from '../../ui/Secret.tsx'
import { CardPage } from './CardPage.tsx'
import './authorize.css'

/** Where `wandb login` sends people: a key for the terminal that waits. */
export function Authorize() {
  const cache = useQueryClient()
  const account = useQuery(sessionQuery).data?.account
  const username = account?.username ?? ''
  const creating = useMutation({
    mutationFn: (name: string) => createKey(username, { name }),
    onSuccess: () => cache.invalidateQueries({ queryKey: keysQuery(username).queryKey }),
  })
  const secret = creating.data?.secret
  return (
    <CardPage title="Your API key">
      <p>
        It signs a machine in as <strong>{username}</strong>. Paste it into the terminal that is waiting for it.
      </p>
      {account?.only_looks ? <p>Your role is View-Only everywhere, and view-only people have no API keys. Ask a team admin for the role Member.</p> : secret ? (
        <Secret secret={secret} what="key">This key was made for you just now and is shown once.</Secret>
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
      <CodeBlock text={`wandb login --host=${serverAddress()}`} what="login command" />
      <p className="quiet">Or, for jobs that nobody watches, set:</p>
      <CodeBlock text={environment(secret ? mask(secret, 8) : '…')} what="environment" copy={environment(secret ?? '')} />
      <p><Link to="/settings/$tab" params={{ tab: 'keys' }}>Look over and revoke your keys</Link></p>
    </CardPage>
  )
}

const environment = (key: string) => `export WANDB_BASE_URL=${serverAddress()}\nexport WANDB_API_KEY=${key}`
