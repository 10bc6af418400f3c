import { useMutation } from '@tanstack/react-query'
import { draft, type Draft, type Drafted } from '../../api/directory.ts'
import { Button } from '../../ui/Button.tsx'
import { Check } from '../../ui/Check.tsx'
import { CodeBlock } from '../../ui/CodeBlock.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { Select } from '../../ui/Select.tsx'
import { Steps } from './Try.tsx'

const PRODUCTS: [string, string][] = [['openldap', 'OpenLDAP'], ['active-directory', 'Active Directory'], ['freeipa', 'FreeIPA'], ['lldap', 'lldap']]

/** Fields of one setting each: its name without `ldap.`, label, hint. */
type Asked = [key: string, label: string, hint: string]
const FIRST: Asked[] = [['servers', 'Servers', 'As in ldaps://a.example.org, ldaps://b.example.org: the next is asked if one does not answer']]
const THEN: Asked[] = [
  ['bind_dn', 'Service account', 'The whole name of an account that may read people and groups; empty: nobody in particular asks'],
]
const WHERE: Asked[] = [
  ['base_dn', 'Where people are', 'As in ou=people,dc=example,dc=org'],
  ['group_base_dn', 'Where groups are', 'Empty: at the same place'],
]
const UNUSUAL: Asked[] = [
  ['user_filter', 'Filter of people', 'With {login} for what they typed'],
  ['disabled_filter', 'Filter of those who are disabled', 'As in (employeeType=former)'],
  ['group_filter', 'Filter of groups', ''],
  ['attribute_id', 'Attribute that never changes', ''],
  ['attribute_username', 'Attribute of the user name', ''],
  ['attribute_name', 'Attribute of the name', ''],
  ['attribute_email', 'Attribute of the mail address', ''],
  ['attribute_groups', 'Attribute that lists the groups of a person', ''],
]

/** Finding settings that are right, step by step, before they go into the configuration. */
export function SetUp() {
  const trying = useMutation({ mutationFn: draft })
  return (
    <section className="card directory-card" aria-label="Set up">
      <h2>Try settings</h2>
      <p>Nothing is kept or changed: each server is asked step by step, and what is found is shown. When all is well, put the settings into the configuration.</p>
      <form
        className="directory-form"
        onSubmit={(event) => {
          event.preventDefault()
          trying.mutate(asked(event.currentTarget))
        }}
      >
        <Fields of={FIRST} required />
        <Check name="start_tls" label="Encrypt ldap:// by StartTLS" defaultChecked about="Without it passwords can be read on the way." />
        <Select label="Product" name="product" options={PRODUCTS} />
        <Fields of={THEN} />
        <Field label="Its password" name="bind_password" type="password" autoComplete="off" />
        <Fields of={WHERE} />
        <details>
          <summary>Filters and attributes that are not the usual ones of the product</summary>
          <Fields of={UNUSUAL} />
        </details>
        <Field label="Login of somebody to look up" name="login" hint="May stay empty" autoCapitalize="none" spellCheck={false} />
        <Button kind="primary" type="submit" disabled={trying.isPending}>Try the settings</Button>
      </form>
      <ErrorText error={trying.error} />
      {trying.data ? <Found drafted={trying.data} /> : null}
    </section>
  )
}

function Fields({ of, required = false }: { of: Asked[]; required?: boolean }) {
  return of.map(([key, label, hint]) => <Field key={key} label={label} name={key} required={required} autoCapitalize="none" spellCheck={false} {...(hint ? { hint } : {})} />)
}

/** What a form asks: what was left empty is as usual. */
function asked(form: HTMLFormElement): Draft {
  const data = new FormData(form)
  const text = (key: string) => String(data.get(key) ?? '').trim()
  const keys = ['product', ...[FIRST, THEN, WHERE, UNUSUAL].flat().map(([key]) => key)]
  const settings = Object.fromEntries(keys.map((key) => [key, text(key)]).filter(([, value]) => value !== ''))
  if (!data.has('start_tls')) settings.start_tls = 'false'
  return { settings, bind_password: String(data.get('bind_password') ?? ''), login: text('login') || null }
}

function Found({ drafted: { tested, people, groups, configuration } }: { drafted: Drafted }) {
  return (
    <>
      <Steps tested={tested} />
      {tested.good ? (
        <>
          <Some what="People" heads={['User name', 'Name', 'E-mail', 'Entry']} rows={people.map(({ username, name, email, dn }) => [username, name ?? '—', email ?? '—', dn])} />
          <Some what="Groups" heads={['Group', 'Members listed', 'Entry']} rows={groups.map(({ name, members, dn }) => [name, String(members), dn])} />
          <h3>Put this into the configuration</h3>
          <p>The password goes into a file that the server's user alone may read; name it in <code>bind_password_file</code>. Then start the server again: accounts of this server go on working beside the directory. Rules on the part <em>What groups give</em> say what groups give.</p>
          <CodeBlock what="configuration" text={configuration} />
        </>
      ) : null}
    </>
  )
}

/** The first of many, as a table. */
function Some({ what, heads, rows }: { what: string; heads: string[]; rows: string[][] }) {
  if (rows.length === 0) return <p>{what}: none were found.</p>
  return (
    <>
      <h3>{what}, the first {rows.length}</h3>
      <div className="table-scroll" tabIndex={0} role="region" aria-label={`${what} that were found`}>
        <table className="table">
          <thead><tr>{heads.map((head) => <th key={head}>{head}</th>)}</tr></thead>
          <tbody>{rows.map((row) => <tr key={row[row.length - 1]}>{row.map((cell, place) => <td key={heads[place]}>{cell}</td>)}</tr>)}</tbody>
        </table>
      </div>
    </>
  )
}
