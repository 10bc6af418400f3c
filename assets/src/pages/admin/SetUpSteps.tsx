import { Link } from '@tanstack/react-router'
import { CheckCircle2, Circle } from 'lucide-react'
import type { System } from '../../api/system.ts'
import { setUpSteps } from '../../lib/setUp.ts'

/** What is left to do before others rely on the server; nothing once all is done. */
export function SetUpSteps({ system }: { system: System }) {
  const steps = setUpSteps({ url: system.public_url, backedUp: system.last_backup !== null, logged: system.has_runs })
  if (steps.every((step) => step.done)) return null
  return (
    <section className="card system-card" aria-label="Left to set up">
      <h2>Left to set up</h2>
      <ul className="system-steps">
        {steps.map(({ name, done, hint }) => (
          <li key={name}>
            {done ? <CheckCircle2 size={14} aria-label="done" /> : <Circle size={14} aria-label="to do" />} <strong>{name}</strong>{' '}
            <span className="quiet">{done ? '' : hint}</span>
          </li>
        ))}
      </ul>
      <p className="quiet">
        <Link to="/admin/system/$tab" params={{ tab: 'checks' }}>Checks</Link> look at everything; people come from the{' '}
        <Link to="/admin/ldap">directory</Link> or are invited by their teams.
      </p>
    </section>
  )
}
