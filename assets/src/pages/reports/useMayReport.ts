import { useQuery } from '@tanstack/react-query'
import { mayReportQuery } from '../../api/reports.ts'
import { sessionQuery } from '../../api/session.ts'

/** Whether one writes reports in a project; who is not signed in does not. */
export function useMayReport(entity: string, project: string): boolean {
  const isKnown = Boolean(useQuery(sessionQuery).data?.account)
  return useQuery({ ...mayReportQuery(entity, project), enabled: isKnown }).data?.create ?? false
}
