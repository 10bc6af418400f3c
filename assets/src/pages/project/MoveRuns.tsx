import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { destinationsQuery, previewQuery, startMove, type MoveOrder, type MovePreview } from '../../api/moves.ts'
import { projectsSettingsQuery, type ProjectAddress } from '../../api/projectSettings.ts'
import { counted } from '../../lib/format.ts'
import { chosen, count, type Selection } from '../../lib/selection.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { Select } from '../../ui/Select.tsx'
import { followMove } from './followMove.ts'
import { Reasons } from './Kept.tsx'
import { MoveProgress } from './MoveProgress.tsx'

const ARTIFACTS: [MoveOrder['artifacts'], string][] = [
  ['move', 'Take those along that only these runs made or used'],
  ['copy_reference', 'Leave all where they are, and link them there'],
  ['leave', 'Leave all where they are'],
]

type Props = { address: ProjectAddress; selection: Selection; onClose: () => void; onStarted: () => void }

/** Where runs are to go: only places where one may log are offered, and what would happen is said before it does. */
export function MoveRuns({ address, selection, onClose, onStarted }: Props) {
  const [runs] = useState(() => chosen(selection))
  const [picked] = useState(() => count(selection))
  const destinations = useQuery(destinationsQuery)
  const [wanted, setEntity] = useState(address.entity)
  // Who may look here but not log begins with the first place where they may.
  const entity = destinations.data?.some((one) => one.entity === wanted) === false ? destinations.data[0]?.entity ?? '' : wanted
  const projects = useQuery({ ...projectsSettingsQuery(entity), enabled: destinations.data !== undefined && entity !== '' })
  const [project, setProject] = useState('')
  const [conflict, setConflict] = useState<MoveOrder['on_conflict']>('skip')
  const [artifacts, setArtifacts] = useState<MoveOrder['artifacts']>('move')
  const order: MoveOrder = { ...runs, from: address, to: { entity, project: project.trim() }, artifacts, on_conflict: conflict }
  const preview = useQuery({ ...previewQuery(order), enabled: order.to.project !== '' })
  const cache = useQueryClient()
  const starting = useMutation({
    mutationFn: () => startMove(order),
    onSuccess: (started) => {
      onStarted()
      void followMove(cache, started)
    },
  })
  if (starting.data) return <MoveProgress started={starting.data} onClose={onClose} />
  const known = projects.data?.map(({ name }) => name) ?? []
  return (
    <Dialog title={`Move ${counted(picked, 'run')}`} wide onClose={onClose}>
      <form
        className="move-form"
        onSubmit={(event) => {
          event.preventDefault()
          starting.mutate()
        }}
      >
        <Select
          label="To" value={entity} disabled={!destinations.data}
          options={(destinations.data ?? []).map((one) => [one.entity, one.kind === 'user' ? `${one.entity} (personal)` : one.display_name || one.entity])}
          onChange={(event) => setEntity(event.target.value)}
        />
        <p className="quiet">Your personal space and the teams where you may log.</p>
        <Field label="Project" list="move-projects" value={project} onChange={(event) => setProject(event.target.value)} hint="One that is there, or the name of a new one" autoCapitalize="none" spellCheck={false} autoComplete="off" required autoFocus />
        <datalist id="move-projects">{known.map((name) => <option key={name} value={name} />)}</datalist>
        <Select
          label="If the project has a run with the same id" value={conflict} options={[['skip', 'Leave mine where it is'], ['rename', 'Give mine another id']]}
          onChange={(event) => setConflict(event.target.value as MoveOrder['on_conflict'])}
        />
        <Select
          label="Artifacts" value={artifacts} options={ARTIFACTS}
          onChange={(event) => setArtifacts(event.target.value as MoveOrder['artifacts'])}
        />
        <ErrorText error={starting.error ?? preview.error ?? destinations.error} />
        {preview.data && order.to.project !== '' ? <Preview preview={preview.data} to={order.to} /> : null}
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={order.to.project === '' || starting.isPending || preview.data?.moving === 0}>Move</Button>
        </div>
      </form>
    </Dialog>
  )
}

function Preview({ preview, to }: { preview: MovePreview; to: ProjectAddress }) {
  const { moving, running, renamed, staying, artifacts_moving: taken, artifacts_staying: left, artifacts_linked: linked, creates_project: makes } = preview
  return (
    <div role="status">
      <p>
        {counted(moving, 'run')} {moving === 1 ? 'moves' : 'move'} to <strong>{to.entity}/{to.project}</strong>{makes ? ', which is made' : ''}.
        {running > 0 ? ` ${running.toLocaleString()} of them ${running === 1 ? 'is' : 'are'} being logged and ${running === 1 ? 'goes' : 'go'} on there.` : ''}
        {renamed > 0 ? ` ${renamed.toLocaleString()} of them ${renamed === 1 ? 'gets' : 'get'} another id.` : ''}
        {taken > 0 ? ` ${counted(taken, 'artifact version')} ${taken === 1 ? 'goes' : 'go'} along.` : ''}
        {left > 0 ? ` ${counted(left, 'artifact version')} ${left === 1 ? 'stays' : 'stay'}${linked > 0 ? ', linked there: who sees that project gets them' : ''}.` : ''}
        {' '}Who made a run stays its author, and old links lead to the new place.
      </p>
      {staying > 0 ? <><p>{counted(staying, 'run')} {staying === 1 ? 'stays' : 'stay'}:</p><Reasons items={preview.staying_runs} total={staying} /></> : null}
    </div>
  )
}
