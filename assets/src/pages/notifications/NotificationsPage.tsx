import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { markRead, notificationsQuery, type Notification } from '../../api/notifications.ts'
import { unreadQuery } from '../../api/unread.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Select } from '../../ui/Select.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { useUrl } from '../../ui/useUrl.ts'
import { Problem } from '../Problem.tsx'
import { NotificationRow } from './NotificationRow.tsx'
import './notifications.css'
import '../../ui/sections.css'

const SHOWN: [string, string][] = [['', 'All'], ['unread', 'Unread']]

/** What one was told, newest first. */
export function NotificationsPage() {
  useTitle('Notifications')
  const [url, setUrl] = useUrl()
  const onlyUnread = url['show'] === 'unread'
  const cache = useQueryClient()
  const list = useInfiniteQuery(notificationsQuery(onlyUnread))
  const newest = list.data?.pages[0]
  const unread = newest?.unread
  useEffect(() => {
    // The bell over the page says the same as the page.
    if (unread !== undefined) cache.setQueryData(unreadQuery.queryKey, { unread })
  }, [unread, list.dataUpdatedAt])
  const reading = useMutation({
    mutationFn: markRead,
    onSettled: () => Promise.all([cache.invalidateQueries({ queryKey: ['notifications'] }), cache.invalidateQueries({ queryKey: unreadQuery.queryKey })]),
  })
  if (list.error && !list.data) return <Problem error={list.error} retry={() => void list.refetch()} />
  const items = list.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <div className="page">
      <div className="page-head">
        <h1>Notifications</h1>
        <Link to="/settings/$tab" params={{ tab: 'notifications' }}>What is sent by mail too</Link>
      </div>
      <div className="table-tools notifications-tools">
        <Select label="Show" options={SHOWN} value={onlyUnread ? 'unread' : ''} onChange={(event) => setUrl({ show: event.target.value })} />
        <Button disabled={!unread || reading.isPending} title={unread === 0 ? 'All of them are read' : undefined} onClick={() => readAll(newest?.items[0], reading.mutate)}>Mark all as read</Button>
        <p className="quiet" role="status">{unread ? `${unread} unread` : unread === 0 ? 'All read' : ''}</p>
      </div>
      <ErrorText error={list.error ?? reading.error} />
      {list.isPending ? <Loading what="your notifications" rows={6} /> : null}
      {list.data && items.length === 0 ? <Empty onlyUnread={onlyUnread} onAll={() => setUrl({ show: '' })} /> : null}
      {items.length > 0 ? (
        <ol className="card notifications" aria-label="Notifications">
          {items.map((item) => <NotificationRow key={item.id} notification={item} isPending={reading.isPending} onRead={() => reading.mutate({ ids: [item.id] })} />)}
        </ol>
      ) : null}
      {list.hasNextPage ? <div className="table-more"><Button disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>Show older notifications</Button></div> : null}
    </div>
  )
}

/** All that this page knows of: what came meanwhile stays unread. */
function readAll(newest: Notification | undefined, read: (which: { up_to: number }) => void) {
  if (newest) read({ up_to: newest.id })
}

function Empty({ onlyUnread, onAll }: { onlyUnread: boolean; onAll: () => void }) {
  return (
    <div className="card">
      <p className="table-empty" role="status">
        {onlyUnread ? <>Nothing that you have not read. <Button onClick={onAll}>Show all</Button></> : <>Nothing yet. You are told here when somebody names you with <code>@</code> in a comment, answers where you commented, or changes a report that you follow.</>}
      </p>
    </div>
  )
}
