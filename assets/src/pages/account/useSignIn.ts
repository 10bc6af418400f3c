import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { sessionQuery, type Session } from '../../api/session.ts'

/** Runs what signs in, forgets what the last account saw, and goes on to `next`. */
export function useSignIn<Answers>(ask: (answers: Answers) => Promise<Session | null>, next: string) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  return useMutation({
    mutationFn: ask,
    onSuccess: async (session) => {
      cache.clear()
      if (session) cache.setQueryData(sessionQuery.queryKey, session)
      await navigate({ href: next })
    },
  })
}

/** Only addresses on this server; a link must not lead a fresh session elsewhere. */
export function ownAddress(next: string | undefined): string {
  return next && /^\/(?![/\\])/.test(next) ? next : '/'
}
