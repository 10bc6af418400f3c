import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import { signOut } from '../../api/session.ts'
import { Problem } from '../Problem.tsx'

export function Logout() {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const { mutate, error } = useMutation({
    mutationFn: signOut,
    onSuccess: async () => {
      cache.clear()
      await navigate({ to: '/login' })
    },
  })
  useEffect(() => mutate(), [mutate])
  return error ? <Problem error={error} retry={() => mutate()} /> : null
}
