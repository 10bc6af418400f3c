import type { Outcome } from '../../api/selectedRuns.ts'
import { counted } from '../../lib/format.ts'
import { byReason } from '../../lib/selection.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'

/** Which runs stayed as they were, and why. */
export function Kept({ outcome, onClose }: { outcome: Outcome; onClose: () => void }) {
  return (
    <Dialog title={`${counted(outcome.kept, 'run')} stayed as ${outcome.kept === 1 ? 'it was' : 'they were'}`} onClose={onClose}>
      <p>{counted(outcome.done.length, 'run')} {outcome.done.length === 1 ? 'was' : 'were'} done.</p>
      <Reasons items={outcome.kept_runs} total={outcome.kept} />
      <div className="dialog-actions"><Button kind="primary" autoFocus onClick={onClose}>Close</Button></div>
    </Dialog>
  )
}

/** The same reason is said once, with the runs that it holds for. */
export function Reasons({ items, total }: { items: { name: string; reason: string }[]; total: number }) {
  return (
    <ul className="reasons" tabIndex={0} aria-label="Reasons">
      {byReason(items).map(([reason, names]) => <li key={reason}><strong>{names.slice(0, 5).join(', ')}{names.length > 5 ? ` and ${names.length - 5} more` : ''}</strong>: {reason}</li>)}
      {total > items.length ? <li>and {total - items.length} more</li> : null}
    </ul>
  )
}
