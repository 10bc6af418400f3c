// Who is signed in, and the ways to become so.
import { queryOptions } from '@tanstack/react-query'
import { rest } from './request.ts'

export type Account = {
  username: string
  name: string | null
  email: string | null
  site_admin: boolean
  /** Every role is view-only: there are no API keys then. */
  only_looks: boolean
  default_entity: string | null
  teams: string[]
}
/** `directory_alert`: for administrators, why the last sync with the directory changed nothing, if something was wrong. */
export type Session = { setup_required: boolean; server_name: string; version: string; account: Account | null; directory_alert: string | null; own_authorities: boolean }

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: () => rest<Session>('GET', '/session'),
  staleTime: 60_000,
})

export const signIn = (username: string, password: string) => rest<Session>('POST', '/session', { username, password })
export const signOut = () => rest<null>('DELETE', '/session')
export const setUp = (answers: { token: string; username: string; email: string; password: string }) => rest<Session>('POST', '/setup', answers)
export const recover = (token: string, password: string) => rest<Session | null>('POST', '/recover', { token, password })

/** What a link invites to; whoever has the link may look. */
export const behindLink = (token: string) => rest<{ team: string; role: string; email: string | null; username: string | null; invited_by: string | null }>('POST', '/invitation-links', { token })
export const acceptLink = (token: string) => rest<null>('POST', '/invitation-links/accept', { token })
export const signUpInvited = (answers: { token: string; username: string; password: string }) => rest<Session>('POST', '/invitation-links/sign-up', answers)
