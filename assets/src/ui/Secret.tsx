import { Eye, EyeOff, ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { Button } from './Button.tsx'
import { CopyButton } from './CopyButton.tsx'
import './secret.css'

/** A secret that the server shows once: masked until somebody wants to see it. */
export function Secret({ secret, what, children }: { secret: string; what: string; children: string }) {
  const [open, setOpen] = useState(false)
  const Icon = open ? EyeOff : Eye
  return (
    <div role="status">
      <div className="secret">
        <code data-testid="secret">{open ? secret : mask(secret, 24)}</code>
        <Button kind="icon" aria-label={open ? `Hide ${what}` : `Show ${what}`} onClick={() => setOpen(!open)}><Icon size={15} aria-hidden /></Button>
        <CopyButton text={secret} what={what} />
      </div>
      <p className="secret-once"><ShieldCheck size={14} aria-hidden /> {children}</p>
    </div>
  )
}

/** Its first and last characters, for telling secrets apart. */
export const mask = (secret: string, dots: number) => `${secret.slice(0, 6)}${'•'.repeat(dots)}${secret.slice(-4)}`
