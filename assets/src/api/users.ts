// People: oneself, and, for administrators of the server, everybody.
import { queryOptions } from '@tanstack/react-query'
import { rest } from './request.ts'

export type User = { username: string; name: string; email: string | null; site_admin: boolean; active: boolean; default_entity: string | null; created_at: string; link?: string }
export type UserChange = { name?: string; email?: string; password?: string; current_password?: string; default_entity?: string; code_saving?: boolean }

/** What somebody has and made, for who is about to lock them out. */
export type UserStake = { runs: number; running_runs: number; projects: number; reports: number; alerts: number; keys: number; sessions: number; teams: { team: string; role: string }[]; hindrance: string | null }

const user = (username: string) => `/users/${encodeURIComponent(username)}`

export const userQuery = (username: string) => queryOptions({ queryKey: ['user', username], queryFn: () => rest<User>('GET', user(username)) })
export const userStakeQuery = (username: string) => queryOptions({ queryKey: ['user-stake', username], queryFn: () => rest<UserStake>('GET', `${user(username)}/stake`), staleTime: 0 })
export const changeUser = (username: string, change: UserChange) => rest<User>('PATCH', user(username), change)
export const createUser = (form: { username: string; name?: string; email?: string }) => rest<User>('POST', '/users', form)
export const deactivateUser = (username: string) => rest<null>('POST', `${user(username)}/deactivate`, {})
export const reactivateUser = (username: string) => rest<null>('POST', `${user(username)}/reactivate`, {})
/** Deletes a person; what they logged stays, with their name or with a made-up one. */
export const deleteUser = (username: string, anonymize: boolean) => rest<null>('DELETE', `${user(username)}${anonymize ? '?anonymize=true' : ''}`)
