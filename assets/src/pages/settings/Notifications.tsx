import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { notificationSettingsQuery, setNotificationSettings, type MailedKind } from '../../api/notifications.ts'
import { Check } from '../../ui/Check.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Loading } from '../../ui/Loading.tsx'

const KINDS: [kind: MailedKind, label: string, about: string][] = [
  ['mention', 'Somebody names me', 'with @ and my user name in a comment'],
  ['comment', 'Comments', 'on reports that I follow, and in threads that I wrote in'],
  ['published', 'New versions', 'of reports that I follow'],
  ['assigned', 'Something is handed over to me', 'and I am the author of it from then on'],
]

/** What is told by mail, besides the page of notifications, which has all of it. */
export function Notifications() {
  const cache = useQueryClient()
  const settings = useQuery(notificationSettingsQuery)
  const changing = useMutation({
    mutationFn: setNotificationSettings,
    onMutate: (mail) => cache.setQueryData(notificationSettingsQuery.queryKey, (known) => known && { ...known, mail: { ...known.mail, ...mail } }),
    onSettled: () => cache.invalidateQueries({ queryKey: notificationSettingsQuery.queryKey }),
  })
  const { data } = settings
  return (
    <section className="card settings-card" aria-label="Notifications">
      <h2>Notifications by mail</h2>
      <p className="quiet">Everything that you are told is on the page <Link to="/notifications">Notifications</Link>. Choose what is sent to you by mail too.</p>
      {data && !data.mail_possible ? <p className="locked" role="status">No mail reaches you: {data.why_not}.</p> : null}
      <ErrorText error={settings.error ?? changing.error} />
      {settings.isPending ? <Loading what="what is sent to you" rows={4} /> : null}
      {data
        ? KINDS.map(([kind, label, about]) => (
            <Check key={kind} label={label} about={about} checked={data.mail[kind]} disabled={!data.mail_possible} title={data.why_not ?? undefined} onChange={(event) => changing.mutate({ [kind]: event.target.checked })} />
          ))
        : null}
    </section>
  )
}
