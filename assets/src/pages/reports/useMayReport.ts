import { useQuery } from '@tanstack/react-query'
import { explainQuery, type Decision } from '../../api/permissions.ts'
import { sessionQuery } from '../../api/session.ts'

/** Whether one may write reports in a project: whoever may change the project may. */
export function useMayReport(entity: string, project: string): Decision | undefined {
  const username = useQuery(sessionQuery).data?.account?.username ?? ''
  return useQuery({ ...explainQuery({ user: username, action: 'write', target: `project/${entity}/${project}` }), enabled: username !== '' }).data
}
