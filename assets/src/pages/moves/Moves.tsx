import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { isAtWork, movesQuery, undoMove, type Move } from '../../api/moves.ts'
import { counted } from '../../lib/format.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { EmptyRows } from '../../ui/EmptyRows.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Loading } from '../../ui/Loading.tsx'

/** Moves of runs, newest first: one's own, or all that touch a team. As long as one can be undone, it is here. */
export function Moves({ team = '' }: { team?: string }) {
  const moves = useInfiniteQuery(movesQuery(team))
  const shown = moves.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <section className="card section" aria-label="Moves of runs">
      <h2>Moves of runs</h2>
      <p className="quiet">Runs are moved from a project’s table. A move can be undone for 15 minutes after its end.</p>
      <ErrorText error={moves.error} />
      {moves.isPending ? <Loading what="moves" rows={3} /> : null}
      {moves.data && shown.length === 0 ? <EmptyRows text="No runs were moved yet." /> : null}
      {shown.length > 0 ? (
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Moves, newest first">
          <table className="table">
            <thead><tr><th>When</th><th>From</th><th>To</th><th>By</th><th>What became of it</th><th><span className="visually-hidden">Actions</span></th></tr></thead>
            <tbody>{shown.map((move) => <Row key={move.id} move={move} team={team} />)}</tbody>
          </table>
        </div>
      ) : null}
      {moves.hasNextPage ? <Button disabled={moves.isFetchingNextPage} onClick={() => void moves.fetchNextPage()}>Show older moves</Button> : null}
    </section>
  )
}

function Row({ move, team }: { move: Move; team: string }) {
  const cache = useQueryClient()
  const undoing = useMutation({ mutationFn: () => undoMove(move.id), onSettled: () => cache.invalidateQueries({ queryKey: movesQuery(team).queryKey }) })
  return (
    <tr>
      <td><Ago time={move.created_at} /></td>
      <td><Link to="/$entity/$project" params={move.from}>{move.from.entity}/{move.from.project}</Link></td>
      <td><Link to="/$entity/$project" params={move.to}>{move.to.entity}/{move.to.project}</Link></td>
      <td>{move.moved_by ?? 'the operator'}</td>
      <td>{outcome(move)}</td>
      <td className="table-actions">
        {move.can_undo ? <Button aria-label={`Undo the move to ${move.to.entity}/${move.to.project}`} disabled={undoing.isPending} onClick={() => undoing.mutate()}>Undo</Button> : null}
        <ErrorText error={undoing.error} />
      </td>
    </tr>
  )
}

function outcome(move: Move): string {
  const skipped = move.skipped > 0 ? `, ${move.skipped.toLocaleString()} stayed where they were` : ''
  if (isAtWork(move)) return `${move.state === 'undoing' ? 'Being undone' : 'Going on'}: ${(move.total - move.waiting).toLocaleString()} of ${counted(move.total, 'run')}`
  if (move.state === 'undone') return `Undone: ${counted(move.back, 'run')} back${move.stayed > 0 ? `, ${move.stayed.toLocaleString()} could not be brought back` : ''}`
  const artifacts = move.artifacts_moved > 0 ? ` with ${counted(move.artifacts_moved, 'artifact version')}` : move.artifacts_linked > 0 ? ` with ${counted(move.artifacts_linked, 'link')} to artifact versions` : ''
  return `${counted(move.moved, 'run')} moved${artifacts}${skipped}`
}
