import { useMutation } from '@tanstack/react-query'
import { Check, CornerDownRight, RotateCcw } from 'lucide-react'
import { useState, type CSSProperties } from 'react'
import { reply, resolveThread, type Thread } from '../../../api/talk.ts'
import { nameOf } from '../../../lib/people.ts'
import { Ago } from '../../../ui/Ago.tsx'
import { Button } from '../../../ui/Button.tsx'
import { ErrorText } from '../../../ui/ErrorText.tsx'
import { CommentView } from './CommentView.tsx'
import { Composer } from './Composer.tsx'
import { Subject } from './Subject.tsx'
import type { Place } from './usePlaces.ts'

/** Comments that are shown of a long thread before somebody asks for all: the first, and these last ones. */
const LAST = 2

type Props = {
  report: string
  thread: Thread
  place: Place | undefined
  isActive: boolean
  isPointed: boolean
  style: CSSProperties
  onChoose: () => void
  onPoint: (on: boolean) => void
  onGo: () => void
  onChanged: () => Promise<unknown>
  /** Tells who does not see the page what happened. */
  say: (words: string) => void
}

/** A thread: what it is about, what was said, and what can be done. */
export function ThreadCard({ report, thread, place, isActive, isPointed, style, onChoose, onPoint, onGo, onChanged, say }: Props) {
  const { id, anchor, comments, may, resolved_at: resolvedAt, resolved_by: resolvedBy } = thread
  const [isReplying, setIsReplying] = useState(false)
  const [showsAll, setShowsAll] = useState(false)
  const resolving = useMutation({
    mutationFn: async (resolved: boolean) => {
      await resolveThread(id, resolved)
      await onChanged()
      say(resolved ? 'The thread is resolved.' : 'The thread is open again.')
    },
  })
  const hidden = showsAll ? 0 : Math.max(0, comments.length - 1 - LAST)
  const shown = hidden > 1 ? [...comments.slice(0, 1), ...comments.slice(-LAST)] : comments
  return (
    <li
      id={`thread-${id}`} tabIndex={-1} className="card thread" style={style} aria-label={`Thread ${place === 'lost' ? 'whose words are gone' : 'of comments'}, begun by ${nameOf(comments[0]?.author ?? null)}`}
      data-active={isActive ? '' : undefined} data-pointed={isPointed ? '' : undefined} data-resolved={resolvedAt ? '' : undefined}
      onClick={onChoose} onPointerEnter={() => onPoint(true)} onPointerLeave={() => onPoint(false)}
      // With a mouse the click chooses: a card that moves when it is pressed would not be clicked.
      onFocus={(event) => event.target.matches('button:focus-visible, a:focus-visible') && onPoint(true)} onBlur={() => onPoint(false)}
    >
      <Subject anchor={anchor} place={place} onGo={onGo} />
      {resolvedAt ? <p className="quiet thread-resolved"><Check size={12} aria-hidden /> Resolved by {nameOf(resolvedBy)} <Ago time={resolvedAt} /></p> : null}
      {shown.map((comment, index) => (
        <div key={comment.id}>
          <CommentView report={report} thread={id} comment={comment} onChanged={onChanged} say={say} />
          {index === 0 && hidden > 1 ? <button type="button" className="thread-more" onClick={() => setShowsAll(true)}>Show {hidden} more</button> : null}
        </div>
      ))}
      {isReplying ? (
        <Composer
          label="Reply" report={report} submit="Reply" focus
          send={async (body) => {
            await reply(id, body)
            await onChanged()
            say('Your reply is there.')
            setIsReplying(false)
          }}
          onCancel={() => setIsReplying(false)}
        />
      ) : (
        <div className="thread-actions">
          {may.reply ? <Button onClick={() => setIsReplying(true)}><CornerDownRight size={14} aria-hidden /> Reply</Button> : null}
          {may.resolve ? (
            <Button disabled={resolving.isPending} onClick={() => resolving.mutate(resolvedAt === null)}>
              {resolvedAt === null ? <><Check size={14} aria-hidden /> Resolve</> : <><RotateCcw size={14} aria-hidden /> Reopen</>}
            </Button>
          ) : null}
        </div>
      )}
      <ErrorText error={resolving.error} />
    </li>
  )
}
