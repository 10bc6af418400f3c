import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Star } from 'lucide-react'
import { starredReportsQuery } from '../../api/reports.ts'
import { nameOf } from '../../lib/people.ts'
import { reportPath } from '../../lib/report/address.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'

/** The reports that one has starred; nothing where there are none. */
export function StarredReports() {
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(starredReportsQuery)
  const reports = data?.pages.flatMap((page) => page.items) ?? []
  if (reports.length === 0) return <ErrorText error={error} />
  return (
    <section className="card home-entity" aria-label="Starred reports">
      <h2 className="home-name"><Star size={16} aria-hidden /> Starred reports</h2>
      <ul className="home-reports">
        {reports.map((report) => (
          <li key={report.id}>
            <Link to={reportPath(report)}>{report.display_name}</Link>
            <span className="quiet">{report.entity}/{report.project}</span>
            <span className="quiet">by {nameOf(report.author)}, updated <Ago time={report.updated_at} /></span>
          </li>
        ))}
      </ul>
      {hasNextPage ? <div className="table-more"><Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>Show more starred reports</Button></div> : null}
    </section>
  )
}
