import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from './Button.tsx'
import { Dialog } from './Dialog.tsx'
import { ErrorText } from './ErrorText.tsx'
import { Select } from './Select.tsx'
import { useHeirs } from './useHeirs.ts'

/** A button that makes somebody else of the team answer for a thing; none where there is nobody else. */
export function HandOver({ what, entity, owner, onHandOver }: { what: string; entity: string; owner: string; onHandOver: (username: string) => Promise<unknown> }) {
  const heirs = useHeirs(entity, owner)
  const [asking, setAsking] = useState(false)
  const [heir, setHeir] = useState('')
  const handing = useMutation({ mutationFn: () => onHandOver(heir), onSuccess: () => setAsking(false) })
  if (heirs.length === 0) return null
  return (
    <>
      <Button aria-label={`Hand over ${what}`} onClick={() => setAsking(true)}>Hand over</Button>
      {asking ? (
        <Dialog title={`Hand over ${what}`} onClose={() => setAsking(false)}>
          <Select label="To" value={heir} options={[['', 'Choose a member'], ...heirs]} onChange={(event) => setHeir(event.target.value)} />
          <ErrorText error={handing.error} />
          <div className="dialog-actions">
            <Button onClick={() => setAsking(false)}>Cancel</Button>
            <Button kind="primary" disabled={heir === '' || handing.isPending} onClick={() => handing.mutate()}>Hand over</Button>
          </div>
        </Dialog>
      ) : null}
    </>
  )
}
