import { CircleAlert, CircleCheck } from 'lucide-react'
import type { Asked } from '../../api/teams.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import './invitations.css'

/** What became of asking each: a link to hand over, or why they could not be asked. */
export function InvitationResults({ asked }: { asked: Asked[] }) {
  const links = asked.flatMap(({ person, invitation }) => (invitation?.link ? [`${person} ${invitation.link}`] : []))
  return (
    <div role="status" className="invited">
      <ul>
        {asked.map(({ person, invitation, message }) => (
          <li key={person} className={invitation ? 'invited-done' : 'invited-failed'}>
            {invitation ? <CircleCheck size={15} aria-hidden /> : <CircleAlert size={15} aria-hidden />}
            <span><strong>{person}</strong> {!invitation ? message : invitation.directory_name ? 'is in the directory and has the seat from the first sign-in on.' : invitation.mail ? 'was asked; the link is on its way by e-mail' : 'was asked'}</span>
            {invitation?.link ? <CopyButton text={invitation.link} what={`link for ${person}`} /> : null}
          </li>
        ))}
      </ul>
      {links.length > 0 ? <p className="quiet">{asked.every(({ invitation }) => !invitation?.link || invitation.mail) ? 'You may hand the links over as well, by whatever way you like.' : 'Hand the links over by whatever way you like.'} They work once, for seven days, and are shown this once.</p> : null}
      {links.length > 1 ? <CopyButton text={links.join('\n')} what="all links" /> : null}
    </div>
  )
}
