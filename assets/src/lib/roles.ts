// The words for roles and for who sees a project; the vendor's, so that people find what they know.
export type TeamRole = 'admin' | 'member' | 'view-only' | 'service'
export type OrganizationRole = 'admin' | 'member' | 'viewer'
export type Visibility = 'open' | 'public' | 'team' | 'restricted'
type Choice<Value extends string> = [value: Value, name: string]

/** The roles that people may have in a team, with what each is for. */
export const TEAM_ROLES: Choice<TeamRole>[] = [['admin', 'Admin'], ['member', 'Member'], ['view-only', 'View-Only']]
export const ORGANIZATION_ROLES: Choice<OrganizationRole>[] = [['admin', 'Admin'], ['member', 'Member'], ['viewer', 'Viewer']]
export const VISIBILITIES: Choice<Visibility>[] = [
  ['restricted', 'Restricted: named members'],
  ['team', 'Team'],
  ['public', 'Public: anybody may look'],
  ['open', 'Open: everybody may log'],
]

const NAMES = new Map<string, string>([...TEAM_ROLES, ['service', 'Service'], ...ORGANIZATION_ROLES])

/** A role as it is shown. */
export const roleName = (role: string | null) => (role === null ? '—' : NAMES.get(role) ?? role)

/** What each role may do, in one line. */
export const ROLE_HINTS: Record<string, string> = {
  admin: 'manages people and settings, changes and deletes everything',
  member: 'logs, edits, deletes what they made',
  'view-only': 'looks at everything, changes nothing, has no API key',
}

/** Whether who has this role may log runs. */
export const maySend = (role: string | null) => role === 'admin' || role === 'member' || role === 'service'

/** Who decides for an organization, for those who may not. */
export function adminsOf(admins: string[]): string {
  return admins.length > 0 ? `an admin of the organization (${admins.join(', ')})` : 'an admin of the organization'
}
