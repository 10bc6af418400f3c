import { Link } from '@tanstack/react-router'
import { AtSign, CheckCheck, FileText, MessageSquare, UserPen, type LucideIcon } from 'lucide-react'
import type { Kind, Notification } from '../../api/notifications.ts'
import { nameOf } from '../../lib/people.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'

const ICONS: Record<Kind, LucideIcon> = { mention: AtSign, comment: MessageSquare, resolved: CheckCheck, published: FileText, assigned: UserPen }

/** What somebody did, before the name of what they did it to. */
const DID: Record<Kind, string> = { mention: 'named you in', comment: 'commented on', resolved: 'resolved your thread in', published: 'published a new version of', assigned: 'made you the author of' }

type Props = { notification: Notification; isPending: boolean; onRead: () => void }

/** One thing that one was told, with the way to it. */
export function NotificationRow({ notification, isPending, onRead }: Props) {
  const { kind, at, read_at: readAt, by, report, excerpt, url } = notification
  const Icon = ICONS[kind] ?? MessageSquare
  const [to = '/', hash] = url.split('#')
  const what = report?.display_name ?? 'an alert'
  return (
    <li className="notification" data-unread={readAt === null ? '' : undefined}>
      <Icon size={16} aria-hidden />
      <div className="notification-text">
        <p>
          {readAt === null ? <span className="visually-hidden">Unread: </span> : null}
          <strong>{nameOf(by)}</strong> {DID[kind] ?? 'changed'} <Link to={to} {...(hash ? { hash } : {})} onClick={readAt === null ? onRead : undefined}>{what}</Link>
        </p>
        {excerpt ? <p className="notification-excerpt">{excerpt}</p> : null}
        <p className="quiet notification-foot">{report ? <span>{report.entity}/{report.project}</span> : null} <Ago time={at} /></p>
      </div>
      {readAt === null ? <Button disabled={isPending} aria-label={`Mark as read: ${nameOf(by)}, ${what}`} onClick={onRead}>Mark as read</Button> : null}
    </li>
  )
}
