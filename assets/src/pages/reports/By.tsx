import type { ReportSummary } from '../../api/reports.ts'

/** Who wrote a report; that they left is told. */
export function By({ author }: { author: ReportSummary['author'] }) {
  if (!author) return null
  return <span>by {author.name || author.username || 'somebody'}{author.left ? ' (owner left)' : ''}</span>
}
