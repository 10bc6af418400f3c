import type { QueryClient } from '@tanstack/react-query'
import { isAtWork, moveQuery, undoMove, type Move } from '../../api/moves.ts'
import { counted } from '../../lib/format.ts'
import { toast } from '../../lib/toasts.ts'

const EVERY = 500

/** Waits for a move, wherever its mover goes meanwhile, and offers the way back when it is done. */
export async function followMove(cache: QueryClient, started: Move): Promise<void> {
  const move = await ended(cache, started)
  await cache.invalidateQueries({ queryKey: ['runs'] })
  if (move.state !== 'done' || move.moved === 0) return
  toast(`${counted(move.moved, 'run')} moved to ${move.to.entity}/${move.to.project}.`, { name: 'Undo', act: () => void takeBack(cache, move.id) })
}

async function takeBack(cache: QueryClient, id: number): Promise<void> {
  try {
    const undone = await ended(cache, await undoMove(id))
    await cache.invalidateQueries({ queryKey: ['runs'] })
    toast(`${counted(undone.back, 'run')} ${undone.back === 1 ? 'is' : 'are'} back${undone.stayed > 0 ? `, ${undone.stayed} could not be brought back` : ''}.`)
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error))
  }
}

/** The move when it has come to its end; a lost connection does not end the waiting. */
async function ended(cache: QueryClient, started: Move): Promise<Move> {
  let move = started
  while (isAtWork(move)) {
    await new Promise((resolve) => setTimeout(resolve, EVERY))
    move = await cache.fetchQuery({ ...moveQuery(started.id), staleTime: 0 }).catch(() => move)
  }
  return move
}
