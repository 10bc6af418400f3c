// How much one was told and has not read: every page asks it, so it is apart from what the list of it needs.
import { queryOptions } from '@tanstack/react-query'
import { rest } from './request.ts'

export const unreadQuery = queryOptions({
  queryKey: ['unread'],
  queryFn: () => rest<{ unread: number }>('GET', '/notifications/count'),
  staleTime: 10_000,
  refetchInterval: 60_000,
})
