import { Link } from '@tanstack/react-router'
import type { Licence } from '../../api/licence.ts'
import type { Organization } from '../../api/organizations.ts'
import { adminsOf } from '../../lib/roles.ts'

type Group = { who: string; count: number | null; counts: boolean; why: string; role?: string; state?: string }

/** Who counts as a seat and who does not, each with the reason. Nothing on this server depends on a licence. */
export function Seats({ organization, licence }: { organization: Organization; licence: Licence | null }) {
  const groups: Group[] = [
    { who: 'Admins and members', count: organization.seats_counted, counts: true, why: 'Active people who may log', state: 'active' },
    { who: 'Viewers', count: organization.seats_viewers, counts: false, why: 'They look at runs and reports and log nothing', role: 'viewer', state: 'active' },
    { who: 'Deactivated people', count: organization.seats_deactivated, counts: false, why: 'They cannot sign in, and their keys are refused', state: 'deactivated' },
    { who: 'Service accounts', count: licence?.service_accounts ?? null, counts: false, why: 'Machines are no people' },
    { who: 'Invited people', count: licence?.pending ?? null, counts: false, why: 'A seat is taken when the invitation is accepted' },
  ]
  return (
    <section className="card section" aria-label="Seats">
      <h2>Seats</h2>
      <p>{organization.seats_counted.toLocaleString()} seats are used. {licence?.more_seats || 'This server has no limit on them; more seats need nothing but more people.'}</p>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Who is counted">
        <table className="table">
          <thead><tr><th>Who</th><th className="number">People</th><th>Counted</th><th>Why</th><th><span className="visually-hidden">List</span></th></tr></thead>
          <tbody>
            {groups.map(({ who, count, counts, why, role, state }) => (
              <tr key={who}>
                <td>{who}</td>
                <td className="number">{count === null ? '—' : count.toLocaleString()}</td>
                <td>{counts ? 'yes' : 'no'}</td>
                <td>{why}</td>
                <td>
                  {state ? (
                    <Link to="/orgs/$organization/$tab" params={{ organization: organization.name, tab: 'people' }} search={{ state, ...(role ? { role } : {}) } as never} aria-label={`Show: ${who}`}>Show</Link>
                  ) : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="quiet">Roles are given by {adminsOf(organization.admins)}.</p>
    </section>
  )
}
