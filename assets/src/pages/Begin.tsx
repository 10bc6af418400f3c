import { useQuery } from '@tanstack/react-query'
import type { ComponentProps } from 'react'
import { sessionQuery } from '../api/session.ts'
import { BASE } from '../paths.ts'
import { FirstSteps } from '../ui/FirstSteps.tsx'

/** The first steps on this server, with what its clients have to trust. */
export function Begin(props: Omit<ComponentProps<typeof FirstSteps>, 'authorities'>) {
  const session = useQuery(sessionQuery)
  return <FirstSteps {...props} authorities={session.data?.own_authorities ? `${BASE}/api/v1/authorities.pem` : null} />
}
