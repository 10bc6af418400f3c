import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { isAtWork, moveQuery, skippedQuery, type Move } from '../../api/moves.ts'
import { counted } from '../../lib/format.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Reasons } from './Kept.tsx'

/** How far a move is. It goes on when the dialog is closed. */
export function MoveProgress({ started, onClose }: { started: Move; onClose: () => void }) {
  const { data: move = started } = useQuery(moveQuery(started.id))
  const atWork = isAtWork(move)
  const skipped = useQuery({ ...skippedQuery(move.id), enabled: !atWork && move.skipped > 0 })
  const done = move.total - move.waiting
  return (
    <Dialog title={atWork ? `Moving ${counted(move.total, 'run')}…` : `${counted(move.moved, 'run')} moved`} onClose={onClose}>
      <progress className="move-progress" aria-label="Runs moved" value={done} max={Math.max(1, move.total)} />
      <p role="status">
        {done.toLocaleString()} of {counted(move.total, 'run')} to <Link to="/$entity/$project" params={move.to}>{move.to.entity}/{move.to.project}</Link>
        {atWork ? '. It goes on if you close this.' : '. It can be undone for 15 minutes.'}
      </p>
      {move.skipped > 0 ? <p>{counted(move.skipped, 'run')} stayed where {move.skipped === 1 ? 'it was' : 'they were'}.</p> : null}
      {skipped.data ? <Reasons items={skipped.data.map(({ name, reason }) => ({ name, reason: reason ?? '' }))} total={move.skipped} /> : null}
      <div className="dialog-actions"><Button kind="primary" autoFocus onClick={onClose}>Close</Button></div>
    </Dialog>
  )
}
