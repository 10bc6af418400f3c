import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button } from './Button.tsx'

/** Copies `text`; says so for a moment. `what` names it for people who do not see the button's place. */
export function CopyButton({ text, what, iconOnly = false }: { text: string; what: string; iconOnly?: boolean }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1500)
    return () => clearTimeout(timer)
  }, [copied])

  const Icon = copied ? Check : Copy
  return (
    <Button kind={iconOnly ? 'icon' : 'plain'} aria-label={`${copied ? 'Copied' : 'Copy'} ${what}`} onClick={() => void copy(text).then(() => setCopied(true))}>
      <Icon size={14} aria-hidden />
      {iconOnly ? null : copied ? 'Copied' : 'Copy'}
      <span className="visually-hidden" role="status">{copied ? 'Copied' : ''}</span>
    </Button>
  )
}

async function copy(text: string): Promise<void> {
  // The clipboard API exists only on https and localhost; servers in a lab often have neither.
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  const area = document.createElement('textarea')
  area.value = text
  document.body.append(area)
  area.select()
  document.execCommand('copy')
  area.remove()
}
