import { X } from 'lucide-react'
import { useEffect } from 'react'
import { dismiss, type Toast } from '../lib/toasts.ts'
import { Button } from './Button.tsx'

/** Short reports, some with a way back; each goes by itself. */
export function ToastList({ toasts }: { toasts: readonly Toast[] }) {
  return toasts.map((toast) => <Shown key={toast.id} toast={toast} />)
}

function Shown({ toast }: { toast: Toast }) {
  const { id, text, action, seconds } = toast
  useEffect(() => {
    const timer = setTimeout(() => dismiss(id), seconds * 1000)
    return () => clearTimeout(timer)
  }, [id, seconds])
  return (
    <div className="toast">
      <span>{text}</span>
      {action ? (
        <Button
          onClick={() => {
            dismiss(id)
            action.act()
          }}
        >
          {action.name}
        </Button>
      ) : null}
      <Button kind="icon" aria-label="Close the message" onClick={() => dismiss(id)}><X size={14} aria-hidden /></Button>
    </div>
  )
}
