import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { rulesQuery, setRules, type Rule, type Rules as Found } from '../../api/directory.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { TEAM_ROLES } from '../../lib/roles.ts'

type Kind = 'team' | 'organization' | 'making-teams' | 'sign-in'
/** A rule while somebody writes it; the number keeps its row apart from others. */
type Draft = { number: number; group: string; kind: Kind; team: string; role: string; create: boolean; organization: string; contact: string }

const KINDS: [Kind, string][] = [['team', 'a seat in a team'], ['organization', 'admin of an organization'], ['making-teams', 'may create teams'], ['sign-in', 'may sign in']]

/** What groups give: read-only where a file of the operator says it, else edited here. */
export function Rules() {
  const query = useQuery({ ...rulesQuery, refetchOnWindowFocus: false })
  if (!query.data) return <><Loading what="rules" /><ErrorText error={query.error} /></>
  return <Editor key={query.data.revision} found={query.data} />
}

function draftOf(rule: Rule, number: number): Draft {
  return {
    number,
    group: rule.group,
    kind: rule.may_sign_in ? 'sign-in' : rule.organization_role ? 'organization' : rule.may_create_teams ? 'making-teams' : 'team',
    team: rule.team ?? '',
    role: rule.role ?? 'member',
    create: rule.create_team ?? false,
    organization: rule.organization ?? '',
    contact: rule.contact ?? '',
  }
}

function ruleOf({ group, kind, team, role, create, organization, contact }: Draft): Rule {
  const base = { group, contact: contact || null }
  if (kind === 'team') return { ...base, team, role, create_team: create }
  if (kind === 'organization') return { ...base, organization_role: 'admin', organization: organization || null }
  if (kind === 'making-teams') return { ...base, may_create_teams: true, organization: organization || null }
  return { ...base, may_sign_in: true }
}

function Editor({ found }: { found: Found }) {
  const cache = useQueryClient()
  const [drafts, setDrafts] = useState(() => found.rules.map(draftOf))
  const [next, setNext] = useState(found.rules.length)
  const saving = useMutation({
    mutationFn: () => setRules(drafts.map(ruleOf), found.revision),
    onSuccess: (saved) => cache.setQueryData(rulesQuery.queryKey, saved),
  })
  const fixed = found.file !== null
  const change = (number: number, part: Partial<Draft>) => setDrafts(drafts.map((draft) => (draft.number === number ? { ...draft, ...part } : draft)))
  return (
    <form
      className="card section"
      aria-label="Rules"
      onSubmit={(event) => {
        event.preventDefault()
        saving.mutate()
      }}
    >
      <h2>What groups give</h2>
      <p className="quiet">
        {fixed ? `These rules are those of the file ${found.file}; they are changed there.` : 'The highest role wins. Rules come into effect with the next sync, and at sign-ins from now on. Show what a sync would change before you run it.'}
        {found.changed_by ? <> Changed by {found.changed_by} <Ago time={found.changed_at} />.</> : null}
        {found.sign_in_groups.length > 0 ? ` By the setting ldap.sign_in_groups, ${found.sign_in_groups.join(' and ')} may sign in.` : null}
      </p>
      {drafts.length > 0 ? (
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Rules">
          <table className="table">
            <thead><tr><th>Group</th><th>Gives</th><th>Where</th><th>Role</th><th>Whom to ask</th><th><span className="visually-hidden">Actions</span></th></tr></thead>
            <tbody>
              {drafts.map((draft, place) => (
                <Row key={draft.number} place={place + 1} draft={draft} fixed={fixed} change={(part) => change(draft.number, part)} remove={() => setDrafts(drafts.filter((other) => other !== draft))} />
              ))}
            </tbody>
          </table>
        </div>
      ) : <p>There are no rules: everybody in the directory may sign in, and nobody is given a seat.</p>}
      <ErrorText error={saving.error} />
      {fixed ? null : (
        <div className="directory-actions">
          <Button
            onClick={() => {
              setDrafts([...drafts, draftOf({ group: '' }, next)])
              setNext(next + 1)
            }}
          >
            Add a rule
          </Button>
          <Button kind="primary" type="submit" disabled={saving.isPending}>Save the rules</Button>
        </div>
      )}
    </form>
  )
}

function Row({ place, draft, fixed, change, remove }: { place: number; draft: Draft; fixed: boolean; change: (part: Partial<Draft>) => void; remove: () => void }) {
  const text = (label: string, key: 'group' | 'team' | 'organization' | 'contact', required = false) => (
    <input
      className="input" aria-label={`${label} of rule ${place}`} value={draft[key]} disabled={fixed} required={required}
      autoCapitalize="none" spellCheck={false} onChange={(event) => change({ [key]: event.target.value } as Partial<Draft>)}
    />
  )
  const choice = (label: string, value: string, options: [string, string][], set: (value: string) => void) => (
    <select className="input" aria-label={`${label} of rule ${place}`} value={value} disabled={fixed} onChange={(event) => set(event.target.value)}>
      {options.map(([option, name]) => <option key={option} value={option}>{name}</option>)}
    </select>
  )
  return (
    <tr>
      <td>{text('Group', 'group', true)}</td>
      <td>{choice('What', draft.kind, KINDS, (kind) => change({ kind: kind as Kind }))}</td>
      <td>
        {draft.kind === 'team' ? (
          <>
            {text('Team', 'team', true)}
            <label className="directory-create"><input type="checkbox" checked={draft.create} disabled={fixed} onChange={(event) => change({ create: event.target.checked })} /> make it if it is not there</label>
          </>
        ) : null}
        {draft.kind === 'organization' || draft.kind === 'making-teams' ? text('Organization', 'organization') : null}
        {draft.kind === 'sign-in' ? <span className="quiet">this server</span> : null}
      </td>
      <td>{draft.kind === 'team' ? choice('Role', draft.role, TEAM_ROLES, (role) => change({ role })) : draft.kind === 'organization' ? 'admin' : '—'}</td>
      <td>{text('Contact', 'contact')}</td>
      <td className="table-actions">{fixed ? null : <Button aria-label={`Remove rule ${place}`} onClick={remove}>Remove</Button>}</td>
    </tr>
  )
}
