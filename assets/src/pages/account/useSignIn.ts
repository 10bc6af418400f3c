import { useMutation, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { sessionQuery, type Session } from '../../api/session.ts'

/** Runs what signs in, forgets what the last account saw, and goes on to `next`. */
export function useSignIn<Answers>(ask: (answers: Answers) => Promise<Session | null>, next: string) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  return useMutation({
    mutationFn: ask,
    onSuccess: async (session) => {
      forget(cache)
      if (session) cache.setQueryData(sessionQuery.queryKey, session)
      else await cache.invalidateQueries({ queryKey: sessionQuery.queryKey })
      await navigate({ href: next })
    },
  })
}

/** Drops what one account saw before another may look; the session itself is set by who calls. */
export function forget(cache: QueryClient) {
  cache.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] })
}

/** Only addresses on this server; a link must not lead a fresh session elsewhere. */
export function ownAddress(next: string | undefined): string {
  return next && /^\/(?![/\\])/.test(next) ? next : '/'
}
