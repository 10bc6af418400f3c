import { useInfiniteQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { auditLines, auditQuery } from '../../api/audit.ts'
import { auditSearch, FILTERS } from '../../lib/audit.ts'
import { Button } from '../../ui/Button.tsx'
import { EmptyRows } from '../../ui/EmptyRows.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { useUrl } from '../../ui/useUrl.ts'
import { Problem } from '../Problem.tsx'
import { AuditRow } from './AuditRow.tsx'

const NOUNS = ['account', 'artifact', 'invitation', 'key', 'move', 'organization', 'project', 'run', 'session', 'team']

/** The audit log of a team, or without one of the whole server: filters in the address, details by row, all as a file. */
export function AuditLog({ team }: { team: string | null }) {
  const [url, setUrl] = useUrl()
  const search = auditSearch(url, team)
  const query = useInfiniteQuery(auditQuery(search))
  const records = query.data?.pages.flatMap((page) => page.items) ?? []
  const filtered = FILTERS.some((name) => url[name])
  if (query.error && !query.data && !filtered) return <Problem error={query.error} retry={() => void query.refetch()} />
  const clear = () => setUrl(Object.fromEntries(FILTERS.map((name) => [name, ''])))
  const field = (name: (typeof FILTERS)[number]) => ({ name, defaultValue: url[name] ?? '' })
  return (
    <section className="card section" aria-label="Records">
      <form
        className="table-tools" role="search" key={FILTERS.map((name) => url[name]).join('\n')}
        onSubmit={(event) => {
          event.preventDefault()
          const form = new FormData(event.currentTarget)
          setUrl(Object.fromEntries(FILTERS.map((name) => [name, String(form.get(name) ?? '')])))
        }}
      >
        <Field label="Who" {...field('actor')} placeholder="username" autoCapitalize="none" spellCheck={false} />
        <Field label="Action" {...field('action')} list="audit-nouns" placeholder="team or team.create" autoCapitalize="none" spellCheck={false} />
        <datalist id="audit-nouns">{NOUNS.map((noun) => <option key={noun} value={noun} />)}</datalist>
        <Field label="Kind of object" {...field('object_kind')} placeholder="run, project, key…" autoCapitalize="none" spellCheck={false} />
        <Field label="Object" {...field('object_name')} placeholder="as it was called then" spellCheck={false} />
        <Field label="From" type="date" {...field('from')} />
        <Field label="To" type="date" {...field('until')} />
        <Button kind="primary" type="submit">Filter</Button>
        {filtered ? <Button onClick={clear}>Clear</Button> : null}
        <a className="button" href={auditLines(search)} download={team === null ? 'audit.jsonl' : `audit-of-${team}.jsonl`}><Download size={14} aria-hidden /> JSON lines</a>
      </form>
      <ErrorText error={query.error} />
      {query.isPending ? <Loading what="records" rows={8} /> : null}
      {query.data && records.length === 0 ? <EmptyRows text="Nothing was done yet." filter={filtered ? 'these filters' : ''} onClear={clear} /> : null}
      {records.length > 0 ? (
        <div className="table-scroll" tabIndex={0} role="region" aria-label="What was done, newest first">
          <table className="table">
            <thead><tr><th><span className="visually-hidden">Details</span></th><th>When</th><th>Who</th><th>Action</th><th>Object</th><th>Where</th><th>Address</th></tr></thead>
            <tbody>{records.map((record, index) => <AuditRow key={`${record.at} ${index}`} record={record} />)}</tbody>
          </table>
        </div>
      ) : null}
      {query.hasNextPage ? <div className="table-more"><Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>Show older records</Button></div> : null}
    </section>
  )
}
