import { CopyButton } from './CopyButton.tsx'
import './code.css'

/** Text to copy into a terminal or file. `copy` is what the button copies when the text shows a secret masked. */
export function CodeBlock({ text, what, copy = text }: { text: string; what: string; copy?: string }) {
  return (
    <div className="code-block">
      <pre tabIndex={0} aria-label={what} role="region">{text}</pre>
      <CopyButton text={copy} what={what} />
    </div>
  )
}
