// What one is told: that somebody named one, wrote where one writes too, or changed what one follows.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { queryText, rest, type Listing } from './request.ts'
import type { Person } from './talk.ts'

export type Kind = 'mention' | 'comment' | 'resolved' | 'published' | 'assigned'

export type Notification = {
  id: number
  kind: Kind
  at: string
  read_at: string | null
  by: Person | null
  report: { id: string; display_name: string; entity: string; project: string } | null
  thread: number | null
  comment: number | null
  /** How it begins, as plain text. */
  excerpt: string
  /** Where it is, from the root of the pages. */
  url: string
}

export const notificationsQuery = (onlyUnread: boolean) =>
  infiniteQueryOptions({
    queryKey: ['notifications', onlyUnread],
    queryFn: ({ pageParam }) => rest<Listing<Notification> & { unread: number }>('GET', `/notifications${queryText({ unread: onlyUnread ? 'true' : null, after: pageParam })}`),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
  })

/** Those of these ids, all up to one, or all of a report. */
export const markRead = (which: { ids: number[] } | { up_to: number } | { report: string }) => rest<null>('POST', '/notifications/read', which)

/** What is told by mail too. */
export type MailedKind = 'mention' | 'comment' | 'published' | 'assigned'
export type NotificationSettings = { mail: Record<MailedKind, boolean>; mail_possible: boolean; why_not: string | null }

export const notificationSettingsQuery = queryOptions({ queryKey: ['notification-settings'], queryFn: () => rest<NotificationSettings>('GET', '/notification-settings') })
export const setNotificationSettings = (mail: Partial<Record<MailedKind, boolean>>) => rest<NotificationSettings>('PATCH', '/notification-settings', { mail })
