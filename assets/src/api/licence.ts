// Seats that count, who hears of licence matters, and what is noted about them.
import { queryOptions } from '@tanstack/react-query'
import { rest } from './request.ts'

export type Licence = {
  kind: string
  contact: string
  invoice_reference: string
  more_seats: string
  contacts: { username: string; name: string; email: string | null }[]
  seats_counted: number
  seats_viewers: number
  seats_deactivated: number
  service_accounts: number
  pending: number
  months: { month: string; most: number }[]
}
export type LicenceNotes = Pick<Licence, 'contact' | 'invoice_reference' | 'more_seats'>

const organization = (name: string) => `/organizations/${encodeURIComponent(name)}`
const contact = (name: string, username: string) => `${organization(name)}/licence-contacts/${encodeURIComponent(username)}`

export const licenceQuery = (name: string) => queryOptions({ queryKey: ['licence', name], queryFn: () => rest<Licence>('GET', `${organization(name)}/licence`) })
export const changeLicence = (name: string, notes: LicenceNotes) => rest<Licence>('PATCH', `${organization(name)}/licence`, notes)
export const nameContact = (name: string, username: string) => rest<null>('PUT', contact(name, username), {})
export const dropContact = (name: string, username: string) => rest<null>('DELETE', contact(name, username))
