import { useMutation, useQueryClient } from '@tanstack/react-query'
import { sessionQuery } from '../../api/session.ts'
import { changeUser, userQuery, type User, type UserChange } from '../../api/users.ts'

/** Changes a person and shows them as they are then. */
export function useUserChange(user: User) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (change: UserChange) => changeUser(user.username, change),
    onSuccess: async (changed) => {
      cache.setQueryData(userQuery(user.username).queryKey, changed)
      await cache.invalidateQueries({ queryKey: sessionQuery.queryKey })
    },
  })
}
