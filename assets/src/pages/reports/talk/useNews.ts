import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { markRead } from '../../../api/notifications.ts'
import { sessionQuery } from '../../../api/session.ts'
import type { Talk } from '../../../api/talk.ts'
import { unreadQuery } from '../../../api/unread.ts'
import { nameOf } from '../../../lib/people.ts'

/** What happened to who does not see it happen: what others say while one reads, and what one did. Who reads here was told. */
export function useNews(report: string, talk: Talk | null): [said: string, say: (words: string) => void] {
  const [said, say] = useState('')
  const me = useQuery(sessionQuery).data?.account?.username
  const unread = useQuery({ ...unreadQuery, enabled: me !== undefined }).data?.unread ?? 0
  const cache = useQueryClient()
  const known = useRef<ReadonlySet<number> | null>(null)
  useEffect(() => {
    if (!talk) return
    const comments = talk.threads.flatMap((thread) => thread.comments)
    const isNew = (id: number) => known.current !== null && !known.current.has(id)
    const others = comments.filter(({ id, author }) => isNew(id) && author?.username !== me)
    known.current = new Set(comments.map(({ id }) => id))
    if (others.length > 0) say(`New ${others.length === 1 ? 'comment' : 'comments'} by ${[...new Set(others.map(({ author }) => nameOf(author)))].join(', ')}.`)
  }, [talk, me])
  const isRead = talk !== null
  useEffect(() => {
    if (!isRead || unread === 0) return
    void markRead({ report }).then(() => Promise.all([cache.invalidateQueries({ queryKey: unreadQuery.queryKey }), cache.invalidateQueries({ queryKey: ['notifications'] })]), () => undefined)
  }, [isRead, unread, report])
  return [said, say]
}
