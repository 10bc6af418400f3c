import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { FolderInput, GitCompare, Lock, LockOpen, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { ProjectAddress } from '../../api/projectSettings.ts'
import type { RunSummary } from '../../api/runs.ts'
import { lockRuns, unlockRuns, type Outcome } from '../../api/selectedRuns.ts'
import { counted } from '../../lib/format.ts'
import { chosen, count, has, NOTHING, type Selection } from '../../lib/selection.ts'
import { toast } from '../../lib/toasts.ts'
import { COMPARED_MAX, comparePath, writeNames } from '../../paths.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Why } from '../../ui/Why.tsx'
import { DeleteRuns } from './DeleteRuns.tsx'
import { Kept } from './Kept.tsx'
import { MoveRuns } from './MoveRuns.tsx'
import './selection.css'

type Props = { address: ProjectAddress; selection: Selection; shown: RunSummary[]; total: number; filter: string; onSelect: (selection: Selection) => void }

/** What can be done to the runs that are picked. What the caller may not do to any that they see is off, with the reason. */
export function SelectionBar({ address, selection, shown, total, filter, onSelect }: Props) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const [asking, setAsking] = useState<'delete' | 'move' | null>(null)
  const [kept, setKept] = useState<Outcome | null>(null)
  const locking = useMutation({
    mutationFn: (lock: boolean) => (lock ? lockRuns : unlockRuns)(address, chosen(selection)),
    onSuccess: async (outcome, lock) => {
      toast(`${counted(outcome.done.length, 'run')} ${lock ? 'locked against deletion' : 'unlocked'}.`)
      if (outcome.kept > 0) setKept(outcome)
      await cache.invalidateQueries({ queryKey: ['runs', address.entity, address.project] })
    },
  })
  const picked = shown.filter((run) => has(selection, run.name))
  const mine = picked.some((run) => run.canDelete)
  const reason = mine ? undefined : 'Only who made a run, or a team admin, deletes, moves and locks it'
  // In the order of the table; those on further pages come after.
  const names = selection.kind === 'all' ? [] : [...new Set([...picked.map((run) => run.name), ...selection.names])]
  const unfit = names.length >= 2 && names.length <= COMPARED_MAX ? undefined : `Pick 2 to ${COMPARED_MAX} runs to compare them`
  const close = () => setAsking(null)
  const done = () => {
    close()
    onSelect(NOTHING)
  }
  return (
    <>
      {count(selection) > 0 ? (
        <div className="selection" role="toolbar" aria-label="Picked runs">
          <p>
            {selection.kind === 'all' ? `All ${counted(selection.total, 'run')} that match ${selection.total === 1 ? 'is' : 'are'} picked.` : `${counted(count(selection), 'run')} picked.`}{' '}
            {selection.kind === 'some' && picked.length === shown.length && total > shown.length ? (
              <Button onClick={() => onSelect({ kind: 'all', filter, total })}>Pick all {total.toLocaleString()} that match</Button>
            ) : null}
          </p>
          <Button disabled={unfit !== undefined} title={unfit} onClick={() => void navigate({ to: comparePath(address), search: { runs: writeNames(names) } as never })}>
            <GitCompare size={14} aria-hidden /> Compare
          </Button>
          <Button disabled={!mine} title={reason} onClick={() => setAsking('move')}><FolderInput size={14} aria-hidden /> Move</Button>
          <Button disabled={!mine || locking.isPending} title={reason} onClick={() => locking.mutate(true)}><Lock size={14} aria-hidden /> Lock</Button>
          <Button disabled={!mine || locking.isPending} title={reason} onClick={() => locking.mutate(false)}><LockOpen size={14} aria-hidden /> Unlock</Button>
          <Button kind="danger" disabled={!mine} title={reason} onClick={() => setAsking('delete')}><Trash2 size={14} aria-hidden /> Delete</Button>
          <Button onClick={() => onSelect(NOTHING)}>Clear</Button>
          {reason ? <p className="quiet">{reason}. {picked[0] ? <Why action="delete" target={`run/${address.entity}/${address.project}/${picked[0].name}`} /> : null}</p> : null}
        </div>
      ) : null}
      <ErrorText error={locking.error} />
      {asking === 'delete' ? <DeleteRuns address={address} selection={selection} onClose={close} onDone={done} onKept={setKept} /> : null}
      {asking === 'move' ? <MoveRuns address={address} selection={selection} onClose={close} onStarted={() => onSelect(NOTHING)} /> : null}
      {kept ? <Kept outcome={kept} onClose={() => setKept(null)} /> : null}
    </>
  )
}
