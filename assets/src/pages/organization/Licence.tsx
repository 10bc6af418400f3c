import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { changeLicence, licenceQuery, type Licence as Facts } from '../../api/licence.ts'
import type { Organization } from '../../api/organizations.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { LicenceContacts } from './LicenceContacts.tsx'
import { Seats } from './Seats.tsx'

/** What an organization's admins know and note about its licence; the others see who counts. */
export function Licence({ organization }: { organization: Organization }) {
  const licence = useQuery({ ...licenceQuery(organization.name), enabled: organization.can_manage })
  return (
    <>
      <Seats organization={organization} licence={licence.data ?? null} />
      <ErrorText error={licence.error} />
      {organization.can_manage && licence.isPending ? <Loading what="the licence" /> : null}
      {licence.data ? (
        <>
          <Months months={licence.data.months} />
          <LicenceContacts organization={organization} contacts={licence.data.contacts} />
          <Notes organization={organization} licence={licence.data} />
        </>
      ) : null}
    </>
  )
}

function Months({ months }: { months: Facts['months'] }) {
  if (months.length === 0) return null
  return (
    <section className="card section" aria-label="Most seats by month">
      <h2>Most seats by month</h2>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Seats by month">
        <table className="table">
          <thead><tr><th>Month</th><th className="number">Most seats</th></tr></thead>
          <tbody>{months.map(({ month, most }) => <tr key={month}><td>{month}</td><td className="number">{most.toLocaleString()}</td></tr>)}</tbody>
        </table>
      </div>
    </section>
  )
}

function Notes({ organization, licence }: { organization: Organization; licence: Facts }) {
  const cache = useQueryClient()
  const changing = useMutation({
    mutationFn: (form: FormData) => {
      const text = (name: string) => String(form.get(name) ?? '')
      return changeLicence(organization.name, { contact: text('contact'), invoice_reference: text('invoice_reference'), more_seats: text('more_seats') })
    },
    onSuccess: () => cache.invalidateQueries({ queryKey: ['licence'] }),
  })
  return (
    <form
      className="card settings-card" aria-label="Licence"
      onSubmit={(event) => {
        event.preventDefault()
        changing.mutate(new FormData(event.currentTarget))
      }}
    >
      <h2>Licence</h2>
      <p>Every feature is there without a licence, and nothing depends on one.</p>
      <Field label="Contact" name="contact" defaultValue={licence.contact} hint="Whom to write to about the licence" />
      <Field label="Invoice reference" name="invoice_reference" defaultValue={licence.invoice_reference} />
      <Field label="How to get more seats" name="more_seats" defaultValue={licence.more_seats} hint="Shown to who asks for more" />
      <ErrorText error={changing.error} />
      <Button type="submit" disabled={changing.isPending}>{changing.isSuccess ? 'Saved' : 'Save'}</Button>
    </form>
  )
}
