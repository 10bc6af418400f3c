import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { editRun, runQuery, type RunEdit } from '../../api/runs.ts'
import { parseJson } from '../../api/request.ts'
import { formatNumber } from '../../lib/format.ts'
import { summaryNumbers } from '../../lib/run.ts'
import { runPath } from '../../paths.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Author } from '../../ui/Author.tsx'
import { Button } from '../../ui/Button.tsx'
import { Duration } from '../../ui/Duration.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { State } from '../../ui/State.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { Firings } from '../project/Firings.tsx'
import type { TabProps } from './RunPage.tsx'

/** The facts of a run, what people wrote about it, and what it warned of. */
export function Overview({ address, run }: TabProps) {
  const facts: [string, ReactNode][] = [
    ['State', <>
      <State state={run.state} />
      {run.stateReason ? <div className="quiet">{run.stateReason}</div> : null}
    </>],
    ['Run id', <code>{run.name}</code>],
    ['User', run.user ? <Author run={run} /> : null],
    ['Started', <Ago time={run.startedAt ?? run.createdAt} />],
    ['Last heard of', <Ago time={run.heartbeatAt} />],
    ['Duration', <Duration run={run} />],
    ['Exit code', run.exitcode === null ? null : String(run.exitcode)],
    ['Group', run.group],
    ['Job type', run.jobType],
    ['Sweep', run.sweepName ? <Sweep address={address} run={run} /> : null],
    ['Program', run.program ? <code>{run.program}</code> : null],
    ['Host', run.host],
    ['Commit', run.commit ? <code>{run.commit}</code> : null],
    ['Before rewinds', run.archives.length > 0 ? run.archives.map((kept) => (
      <div key={kept.name}><Link to={runPath({ ...address, run: kept.name })}>{kept.displayName || kept.name}</Link></div>
    )) : null],
  ]
  const results = summaryNumbers(parseJson<Record<string, unknown>>(run.summaryMetrics, {}))
  return (
    <div className="run-columns">
      <section className="card run-card" aria-label="Facts">
        <h2>Facts</h2>
        <dl className="run-facts">
          {facts.filter(([, value]) => value !== null && value !== undefined && value !== '').map(([name, value]) => (
            <div key={name}><dt>{name}</dt><dd>{value}</dd></div>
          ))}
        </dl>
      </section>
      <div className="run-stack">
        <Words address={address} run={run} />
        <section className="card run-card" aria-label="Results">
          <h2>Results</h2>
          {results.length === 0 ? <p className="quiet">No summary yet.</p> : null}
          <dl className="run-facts">
            {results.slice(0, 12).map(([name, value]) => (
              <div key={name}><dt className="truncate" title={name}>{name}</dt><dd className="run-value" title={String(value)}>{formatNumber(value)}</dd></div>
            ))}
          </dl>
        </section>
        {run.alerts.length > 0 ? (
          <section className="card run-card" aria-label="Alerts">
            <h2>Alerts</h2>
            <ul className="run-alerts">
              {run.alerts.map((alert) => (
                <li key={alert.createdAt + alert.title}>
                  <strong>{alert.title}</strong> <span className="quiet">{alert.severity.toLowerCase()} · <Ago time={alert.createdAt} /></span>
                  <p>{alert.text}</p>
                </li>
              ))}
            </ul>
          </section>
        ) : null}
        <Firings address={address} run={run.name} />
      </div>
    </div>
  )
}

/** The sweep of a run; of one that moved, with the project where the sweep stayed. */
function Sweep({ address, run: { sweepName, sweepProject } }: TabProps) {
  const elsewhere = sweepProject && (sweepProject.name !== address.project || sweepProject.entityName.toLowerCase() !== address.entity.toLowerCase())
  return (
    <>
      {sweepName}
      {elsewhere ? <> in <Link to="/$entity/$project" params={{ entity: sweepProject.entityName, project: sweepProject.name }}>{sweepProject.entityName}/{sweepProject.name}</Link></> : null}
    </>
  )
}

/** Name, notes and tags; those who may write can change them. */
function Words({ address, run }: TabProps) {
  const cache = useQueryClient()
  const [editing, setEditing] = useState(false)
  const saving = useMutation({
    mutationFn: (edit: RunEdit) => editRun(run.id, edit),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: runQuery(address).queryKey })
      setEditing(false)
    },
  })
  return (
    <section className="card run-card" aria-label="Notes">
      <div className="run-card-head">
        <h2>Notes</h2>
        {run.canWrite && !editing ? <Button onClick={() => setEditing(true)}>Edit</Button> : null}
      </div>
      {editing ? (
        <form
          className="run-edit"
          onSubmit={(event) => {
            event.preventDefault()
            const form = new FormData(event.currentTarget)
            const tags = String(form.get('tags')).split(',').map((tag) => tag.trim()).filter((tag) => tag !== '')
            saving.mutate({ displayName: String(form.get('name')), notes: String(form.get('notes')), tags })
          }}
        >
          <Field label="Name" name="name" defaultValue={run.displayName ?? ''} required autoFocus />
          <Field label="Tags" name="tags" hint="Separated by commas" defaultValue={run.tags.join(', ')} />
          <div className="field">
            <label htmlFor="run-notes">Notes</label>
            <textarea id="run-notes" className="input" name="notes" rows={5} defaultValue={run.notes ?? ''} />
          </div>
          <ErrorText error={saving.error} />
          <div className="dialog-actions">
            <Button onClick={() => setEditing(false)}>Cancel</Button>
            <Button kind="primary" type="submit" disabled={saving.isPending}>Save</Button>
          </div>
        </form>
      ) : (
        <>
          {run.notes ? <p className="run-notes">{run.notes}</p> : <p className="quiet">No notes.</p>}
          {run.tags.length > 0 ? <div className="run-tags">{run.tags.map((tag) => <Tag key={tag}>{tag}</Tag>)}</div> : null}
        </>
      )}
    </section>
  )
}
