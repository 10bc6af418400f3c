import { useMutation } from '@tanstack/react-query'
import { Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { deleteComment, editComment, type Comment } from '../../../api/talk.ts'
import { nameOf } from '../../../lib/people.ts'
import { Ago } from '../../../ui/Ago.tsx'
import { Button } from '../../../ui/Button.tsx'
import { Dialog } from '../../../ui/Dialog.tsx'
import { ErrorText } from '../../../ui/ErrorText.tsx'
import { Composer } from './Composer.tsx'
import { Said } from './Said.tsx'

type Props = { report: string; thread: number; comment: Comment; onChanged: () => Promise<unknown>; say: (words: string) => void }

/** What one person said, to be changed by them. */
export function CommentView({ report, thread, comment, onChanged, say }: Props) {
  const { id, author, body, mentions, created_at: at, edited_at: editedAt, may } = comment
  const [isEditing, setIsEditing] = useState(false)
  const [isAsked, setIsAsked] = useState(false)
  if (body === null) return <p className="comment quiet">This comment was deleted. <Ago time={at} /></p>
  return (
    <article className="comment" aria-label={`Comment by ${nameOf(author)}`}>
      <div className="comment-head">
        <strong className="truncate" title={author?.username}>{nameOf(author)}</strong>
        {author?.left ? <span className="quiet">left</span> : null}
        <a className="quiet" href={`#thread-${thread}`}><Ago time={at} /></a>
        {editedAt ? <span className="quiet">edited</span> : null}
        <span className="comment-tools">
          {may.edit && !isEditing ? <Button kind="icon" aria-label="Edit your comment" title="Edit" onClick={() => setIsEditing(true)}><Pencil size={13} aria-hidden /></Button> : null}
          {may.delete && !isEditing ? <Button kind="icon" aria-label={`Delete the comment by ${nameOf(author)}`} title="Delete" onClick={() => setIsAsked(true)}><Trash2 size={13} aria-hidden /></Button> : null}
        </span>
      </div>
      {isEditing ? (
        <Composer
          label="Your comment" report={report} submit="Save" begin={body} focus
          send={async (text) => {
            await editComment(id, text)
            await onChanged()
            say('Your comment is changed.')
            setIsEditing(false)
          }}
          onCancel={() => setIsEditing(false)}
        />
      ) : <Said body={body} mentions={mentions} />}
      {isAsked ? <DeleteDialog comment={id} onClose={() => setIsAsked(false)} onGone={onChanged} say={say} /> : null}
    </article>
  )
}

/** A comment that is deleted does not come back, so it is asked about first. */
function DeleteDialog({ comment, onClose, onGone, say }: { comment: number; onClose: () => void; onGone: () => Promise<unknown>; say: (words: string) => void }) {
  const deleting = useMutation({
    mutationFn: async () => {
      await deleteComment(comment)
      say('The comment is deleted.')
      await onGone()
      onClose()
    },
  })
  return (
    <Dialog title="Delete this comment?" onClose={onClose}>
      <p>Nobody can bring it back. What was answered to it stays.</p>
      <ErrorText error={deleting.error} />
      <div className="dialog-actions">
        <Button autoFocus onClick={onClose}>Keep it</Button>
        <Button kind="danger" disabled={deleting.isPending} onClick={() => deleting.mutate()}>Delete comment</Button>
      </div>
    </Dialog>
  )
}
