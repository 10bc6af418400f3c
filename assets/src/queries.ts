// The cache of everything the server said.
import { QueryClient } from '@tanstack/react-query'
import { ApiError } from './api/request.ts'

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // An answer of the server stays the same when asked again; a lost connection may come back.
      retry: (failures, error) => failures < 2 && error instanceof ApiError && (error.status === 0 || error.status === 503),
      staleTime: 1_000,
    },
  },
})
