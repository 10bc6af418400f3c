import type { Stake } from '../../api/teams.ts'
import { counted } from '../../lib/format.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'

/** Says that somebody's API keys stop working before a role is given with which they log nowhere. */
export function SuspendKeys({ stake, onClose, onConfirm }: { stake: Stake; onClose: () => void; onConfirm: () => void }) {
  const { username, keys_by_seat: keys, running_runs: running } = stake
  return (
    <Dialog title={`Make ${username} View-Only?`} onClose={onClose}>
      <p>
        {username} logs nowhere else, and view-only people have no API keys: {counted(keys, 'key')} {keys === 1 ? 'is' : 'are'} refused from then on
        {running > 0 ? `, and with ${keys === 1 ? 'it' : 'them'} what ${counted(running, 'run')} being logged now ${running === 1 ? 'sends' : 'send'}` : ''}.
        {' '}With a role that logs, here or in another team, {keys === 1 ? 'it works' : 'they work'} again.
      </p>
      <div className="dialog-actions">
        <Button autoFocus onClick={onClose}>Keep the role</Button>
        <Button kind="danger" onClick={onConfirm}>Make View-Only</Button>
      </div>
    </Dialog>
  )
}
