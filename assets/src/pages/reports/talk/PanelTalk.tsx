import { MessageSquare, MessageSquarePlus } from 'lucide-react'
import { Button } from '../../../ui/Button.tsx'
import { useTalk } from './context.ts'
import './panelTalk.css'

/** At the corner of a panel: what is said about it, or the way to say something. */
export function PanelTalk({ panel }: { panel: string }) {
  const talk = useTalk()
  const count = talk?.onPanels.get(panel) ?? 0
  if (!talk || (count === 0 && !talk.mayComment)) return null
  if (count > 0) {
    const name = `${count} ${count === 1 ? 'thread' : 'threads'} about this panel`
    return <Button className="panel-talk" aria-label={name} title={name} onClick={() => talk.show(panel)}><MessageSquare size={14} aria-hidden /> {count}</Button>
  }
  return (
    <Button
      className="panel-talk panel-talk-new" aria-label="Comment on this panel" title="Comment on this panel"
      onClick={(event) => talk.begin({ panel, block: Number(event.currentTarget.closest<HTMLElement>('[data-block]')?.dataset['block'] ?? 0) })}
    >
      <MessageSquarePlus size={14} aria-hidden />
    </Button>
  )
}
