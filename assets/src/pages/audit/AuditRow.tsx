import { ChevronDown, ChevronRight } from 'lucide-react'
import { useId, useState } from 'react'
import type { AuditRecord } from '../../api/audit.ts'
import { detailLines } from '../../lib/audit.ts'
import { formatTime, parseTime } from '../../lib/format.ts'
import { Button } from '../../ui/Button.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'

/** A record in a line, and below it, if asked for, everything that it holds. */
export function AuditRow({ record }: { record: AuditRecord }) {
  const id = useId()
  const [open, setOpen] = useState(false)
  const Arrow = open ? ChevronDown : ChevronRight
  return (
    <>
      <tr>
        <td><Button kind="icon" aria-expanded={open} aria-controls={id} aria-label={`Details of ${record.action} ${record.object_name}`} onClick={() => setOpen(!open)}><Arrow size={14} aria-hidden /></Button></td>
        <td>{formatTime(parseTime(record.at) ?? 0)}</td>
        <td>{who(record)}</td>
        <td><code>{record.action}</code></td>
        <td>{record.object_name} <span className="quiet">{record.object_kind}</span></td>
        <td>{[record.entity, record.project].filter(Boolean).join(' / ') || <span className="quiet">—</span>}</td>
        <td>{record.address ?? <span className="quiet">—</span>}</td>
      </tr>
      <tr id={id} hidden={!open}>
        <td />
        <td colSpan={6}>{open ? <Details record={record} /> : null}</td>
      </tr>
    </>
  )
}

function who({ actor, acting_for: member }: AuditRecord) {
  if (actor === null) return <span className="quiet">the operator or a link</span>
  return member === null ? actor : <>{member} <span className="quiet">via {actor}</span></>
}

function Details({ record }: { record: AuditRecord }) {
  const lines = detailLines(record.details)
  return (
    <div className="settings-row audit-details">
      <dl className="facts">
        <dt>moment</dt><dd>{record.at}</dd>
        <dt>number of the {record.object_kind}</dt><dd>{record.object_id}</dd>
        {lines.map(([name, value]) => [<dt key={name}>{name}</dt>, <dd key={`${name} value`}>{value}</dd>])}
      </dl>
      <CopyButton text={JSON.stringify(record, null, 2)} what="record as JSON" />
    </div>
  )
}
