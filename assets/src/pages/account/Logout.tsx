import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import { sessionQuery, signOut } from '../../api/session.ts'
import { Problem } from '../Problem.tsx'
import { forget } from './useSignIn.ts'

export function Logout() {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const { mutate, error } = useMutation({
    mutationFn: signOut,
    onSuccess: async () => {
      forget(cache)
      cache.setQueryData(sessionQuery.queryKey, (session) => session && { ...session, account: null })
      await navigate({ to: '/login' })
    },
  })
  useEffect(() => mutate(), [mutate])
  return error ? <Problem error={error} retry={() => mutate()} /> : null
}
