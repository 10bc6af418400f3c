import { useMutation } from '@tanstack/react-query'
import type { Report } from '../../../api/reports.ts'
import { toast } from '../../../lib/toasts.ts'
import { Ago } from '../../../ui/Ago.tsx'
import { Button } from '../../../ui/Button.tsx'
import { Dialog } from '../../../ui/Dialog.tsx'
import { ErrorText } from '../../../ui/ErrorText.tsx'
import type { Clash, Draft } from './useDraft.ts'

type Props = { clash: Clash; draft: Draft; onAdopted: (current: Report) => void; onPublished: (report: Report) => void }

/** Two wrote at once: whichever goes on, the other stays as a draft of its own. */
export function ClashDialog({ clash: { during, current }, draft, onAdopted, onPublished }: Props) {
  const mine = useMutation({
    mutationFn: async () => {
      await draft.keepCopy(current)
      if (during === 'save') {
        await draft.overwrite(current)
        return null
      }
      draft.setClash(null)
      return draft.publish(current.version)
    },
    onSuccess: (published) => {
      toast(`The other version is kept as the draft “${current.display_name} (copy)”.`)
      if (published) onPublished(published)
    },
  })
  const theirs = useMutation({
    mutationFn: async () => {
      await draft.keepCopy(draft.content)
      draft.adopt(current)
    },
    onSuccess: () => {
      toast(`Your version is kept as the draft “${draft.content.display_name} (copy)”.`)
      onAdopted(current)
    },
  })
  const isPending = mine.isPending || theirs.isPending
  return (
    <Dialog title={during === 'save' ? 'This draft was saved elsewhere' : 'The report was changed meanwhile'} onClose={() => draft.setClash(null)}>
      <p>
        {current.updated_by ?? 'Somebody'} saved {during === 'save' ? 'it' : 'the published report'} <Ago time={current.updated_at} />, after you began. Nothing is lost: what you do not go on with
        is kept as a draft of its own.
      </p>
      <ErrorText error={mine.error ?? theirs.error} />
      <div className="dialog-actions dialog-choices">
        <Button disabled={isPending} onClick={() => draft.setClash(null)}>Look first</Button>
        {during === 'save' ? <Button disabled={isPending} onClick={() => theirs.mutate()}>Go on with theirs</Button> : null}
        <Button kind="primary" disabled={isPending} onClick={() => mine.mutate()}>{during === 'save' ? 'Go on with mine' : 'Publish mine'}</Button>
      </div>
    </Dialog>
  )
}
