import { useQuery } from '@tanstack/react-query'
import { sessionQuery } from '../../api/session.ts'
import { serverAddress } from '../../paths.ts'
import { CodeBlock } from '../../ui/CodeBlock.tsx'
import { Keys } from '../keys/Keys.tsx'

/** One's API keys; for those who only look, why there are none. */
export function MyKeys({ username }: { username: string }) {
  const onlyLooks = useQuery(sessionQuery).data?.account?.only_looks ?? false
  if (onlyLooks) {
    return (
      <section className="card settings-card" aria-label="API keys">
        <h2>API keys</h2>
        <p>Your role is View-Only everywhere, and view-only people have no API keys: keys are for logging. Keys that you had are suspended, and work again when a team admin gives you the role Member.</p>
      </section>
    )
  }
  return (
    <section className="card section" aria-label="API keys">
      <h2>API keys</h2>
      <p className="quiet">A key signs a machine in as you. It works where your role is Member or Admin.</p>
      <Keys username={username} />
      <div className="section-form"><CodeBlock text={`wandb login --host=${serverAddress()}`} what="login command" /></div>
    </section>
  )
}
