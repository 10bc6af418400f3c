import { useTitle } from '../../ui/useTitle.ts'
import { AuditLog } from './AuditLog.tsx'
import '../../ui/sections.css'

/** Everything that was done on the server, for its administrators. */
export function AuditPage() {
  useTitle('Audit log')
  return (
    <div className="page">
      <div className="page-head"><h1>Audit log</h1></div>
      <AuditLog team={null} />
    </div>
  )
}
