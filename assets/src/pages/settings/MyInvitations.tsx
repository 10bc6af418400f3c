import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { acceptInvitation, declineInvitation, myInvitationsQuery, type Invitation } from '../../api/teams.ts'
import { roleName } from '../../lib/roles.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'

/** Teams that ask the person to join. */
export function MyInvitations() {
  const asked = useQuery(myInvitationsQuery)
  if (!asked.data?.items.length) return null
  return (
    <section className="card settings-card" aria-label="Invitations">
      <h2>Invitations</h2>
      {asked.data.items.map((invitation) => <Answer key={invitation.id} invitation={invitation} />)}
    </section>
  )
}

function Answer({ invitation }: { invitation: Invitation }) {
  const cache = useQueryClient()
  const answering = useMutation({
    mutationFn: (yes: boolean) => (yes ? acceptInvitation(invitation.id) : declineInvitation(invitation.id)),
    onSuccess: () => cache.invalidateQueries(),
  })
  return (
    <div className="settings-row">
      <span><strong>{invitation.team}</strong> as {roleName(invitation.role)}{invitation.invited_by ? `, asked by ${invitation.invited_by}` : ''}</span>
      <Button kind="primary" disabled={answering.isPending} onClick={() => answering.mutate(true)}>Join {invitation.team}</Button>
      <Button disabled={answering.isPending} onClick={() => answering.mutate(false)}>Decline</Button>
      <ErrorText error={answering.error} />
    </div>
  )
}
