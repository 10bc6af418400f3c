import { useMutation } from '@tanstack/react-query'
import { explain, test, type Explanation, type Person, type Tested } from '../../api/directory.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { Changes } from './Changes.tsx'

/** Trying the connection step by step, and asking why somebody has what they have. */
export function Try() {
  const testing = useMutation({ mutationFn: test })
  const explaining = useMutation({ mutationFn: explain })
  const login = (form: HTMLFormElement) => String(new FormData(form).get('login')).trim()
  return (
    <>
      <section className="card directory-card" aria-label="Test">
        <h2>Test the connection</h2>
        <p>Each server is asked step by step: address, TLS, bind, people, groups. Nothing is changed.</p>
        <form
          className="section-form"
          onSubmit={(event) => {
            event.preventDefault()
            testing.mutate(login(event.currentTarget))
          }}
        >
          <Field label="Login of somebody to look up" name="login" hint="May stay empty" autoCapitalize="none" spellCheck={false} />
          <Button kind="primary" type="submit" disabled={testing.isPending}>Test</Button>
        </form>
        <ErrorText error={testing.error} />
        {testing.data ? <Steps tested={testing.data} /> : null}
      </section>
      <section className="card directory-card" aria-label="Explain">
        <h2>Why does somebody have what they have?</h2>
        <form
          className="section-form"
          onSubmit={(event) => {
            event.preventDefault()
            explaining.mutate(login(event.currentTarget))
          }}
        >
          <Field label="Login of the person" name="login" autoCapitalize="none" spellCheck={false} required />
          <Button type="submit" disabled={explaining.isPending}>Explain</Button>
        </form>
        <ErrorText error={explaining.error} />
        {explaining.data ? <Explained found={explaining.data} /> : null}
      </section>
    </>
  )
}

/** What a test found, step by step. */
export function Steps({ tested: { good, steps, person } }: { tested: Tested }) {
  return (
    <div role="status">
      <p><strong>{good ? 'Every server did everything that was asked of it.' : 'Something does not work; the step that fails says what.'}</strong></p>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Steps of the test">
        <table className="table">
          <thead><tr><th>Server</th><th>Step</th><th>Result</th><th>What came of it</th></tr></thead>
          <tbody>
            {steps.map(({ server, step, good: passed, outcome }) => (
              <tr key={server + step}><td>{server}</td><td>{step}</td><td>{passed ? 'ok' : <strong className="directory-failed">failed</strong>}</td><td className="directory-about">{outcome}</td></tr>
            ))}
          </tbody>
        </table>
      </div>
      {person ? <Entry person={person} /> : null}
    </div>
  )
}

function Entry({ person }: { person: Person }) {
  const rows: [string, string][] = [
    ['Entry', person.dn],
    ['Id', person.id],
    ['User name', person.username],
    ['Name', person.name ?? '—'],
    ['E-mail', person.email ?? '—'],
    ['Groups', person.groups.join(' · ') || '—'],
    ['Gets', person.gives.map(({ gives, group }) => `${gives} (group ${group})`).join(' · ') || '—'],
    ['May sign in', person.may_sign_in ? 'yes, with the right password' : `no: ${person.because}`],
  ]
  return <Facts rows={rows} />
}

function Facts({ rows }: { rows: [string, string][] }) {
  return <dl className="directory-facts">{rows.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
}

function Explained({ found }: { found: Explanation }) {
  const account = found.username === null ? 'none yet' : `${found.username}, ${found.active ? 'active' : 'deactivated'}${found.local ? ', of this server alone' : ''}`
  return (
    <div role="status">
      {found.person ? <Entry person={found.person} /> : <p>{found.because}</p>}
      <Facts rows={[['Account here', account], ...found.seats.map(({ place, role, from }): [string, string] => [`${role} of ${place}`, `from ${from}`])]} />
      {found.changes.length > 0 ? <p>The next sign-in changes:</p> : null}
      <Changes changes={found.changes} kept={found.kept} />
    </div>
  )
}
