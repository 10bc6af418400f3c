import { useQuery } from '@tanstack/react-query'
import { teamReportsQuery } from '../../api/reports.ts'
import { ReportCards } from './ReportCards.tsx'

/** The newest reports of a team's projects; nothing where there are none. */
export function TeamReports({ team }: { team: string }) {
  const reports = useQuery(teamReportsQuery(team)).data?.items ?? []
  return reports.length > 0 ? <ReportCards title="Reports" reports={reports} withProject /> : null
}
