import { Link } from '@tanstack/react-router'
import { Trash2 } from 'lucide-react'
import type { ReportSummary } from '../../api/reports.ts'
import { reportPath } from '../../lib/report/address.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { By } from './By.tsx'
import { useDeleteReport } from './useDeleteReport.tsx'
import './cards.css'

/** Reports as cards, each to be opened, and deleted by who may. */
export function ReportCards({ title, reports, withProject = false }: { title: string; reports: ReportSummary[]; withProject?: boolean }) {
  const { ask, asking, error } = useDeleteReport()
  return (
    <section className="report-list" aria-label={title}>
      <h2>{title}</h2>
      <ErrorText error={error} />
      <ul className="report-cards">
        {reports.map((report) => (
          <li key={report.id} className="card report-card">
            <h3><Link to={reportPath(report)}>{report.display_name}</Link></h3>
            {report.description ? <p>{report.description}</p> : null}
            <div className="report-card-foot quiet">
              {report.kind === 'draft' ? <Tag>Draft</Tag> : null}
              {withProject ? <span>{report.project}</span> : null}
              <By author={report.author} />
              <Ago time={report.updated_at} />
              {report.may.delete && !withProject ? <Button kind="icon" aria-label={`Delete ${report.display_name}`} title="Delete" onClick={() => ask(report)}><Trash2 size={14} aria-hidden /></Button> : null}
            </div>
          </li>
        ))}
      </ul>
      {asking}
    </section>
  )
}
