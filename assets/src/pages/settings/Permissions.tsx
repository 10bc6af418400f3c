import { useQuery } from '@tanstack/react-query'
import { CircleCheck, CircleX } from 'lucide-react'
import { explainQuery, type Decision } from '../../api/permissions.ts'
import { roleName } from '../../lib/roles.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Select } from '../../ui/Select.tsx'
import { useUrl } from '../../ui/useUrl.ts'
import './permissions.css'

const ACTIONS: [string, string][] = [['read', 'see'], ['write', 'log to or change'], ['delete', 'stop or delete'], ['manage', 'manage']]

/** Why may somebody do something, or why not: the role that counts, where it comes from, and the rule. */
export function Permissions({ username }: { username: string }) {
  const [url, setUrl] = useUrl()
  const question = { user: url['user'] ?? username, action: url['action'] ?? 'read', target: url['target'] ?? '' }
  const answer = useQuery(explainQuery(question))
  return (
    <section className="card section" aria-label="Permissions">
      <h2>Why may somebody do something?</h2>
      <p className="quiet">Ask about yourself, or about others where you manage the thing.</p>
      <form
        className="section-form"
        key={JSON.stringify(question)}
        onSubmit={(event) => {
          event.preventDefault()
          const form = new FormData(event.currentTarget)
          setUrl({ user: String(form.get('user')).trim(), action: String(form.get('action')), target: String(form.get('target')).trim() })
        }}
      >
        <Field label="May" name="user" defaultValue={question.user} autoCapitalize="none" spellCheck={false} required />
        <Select label="do this" name="action" options={ACTIONS} defaultValue={question.action} />
        <Field label="with this?" name="target" defaultValue={question.target} placeholder="team/NAME, project/TEAM/NAME, run/TEAM/PROJECT/ID, report/ID, organization/NAME, teams/ORGANIZATION, account/NAME, server" size={44} autoCapitalize="none" spellCheck={false} required />
        <Button kind="primary" type="submit">Explain</Button>
      </form>
      <ErrorText error={answer.error} />
      {answer.isLoading ? <Loading what="the reasons" rows={2} /> : null}
      {answer.data ? <Answer decision={answer.data} /> : null}
    </section>
  )
}

function Answer({ decision: { user, action, target, allowed, role, source, rule } }: { decision: Decision }) {
  const words = ACTIONS.find(([name]) => name === action)?.[1] ?? action
  return (
    <div className="decision" role="status">
      <p className={allowed ? 'decision-yes' : 'decision-no'}>
        {allowed ? <CircleCheck size={18} aria-hidden /> : <CircleX size={18} aria-hidden />}
        <strong>{user} {allowed ? 'may' : 'may not'} {words} <code>{target}</code></strong>
      </p>
      <dl className="facts">
        <dt>Role that counts</dt><dd>{roleName(role)}</dd>
        <dt>Where it comes from</dt><dd>{source}</dd>
        <dt>The rule</dt><dd>{rule}</dd>
      </dl>
    </div>
  )
}
