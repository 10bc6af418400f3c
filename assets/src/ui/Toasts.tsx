import { lazy, Suspense, useSyncExternalStore } from 'react'
import { onToasts, toasts } from '../lib/toasts.ts'
import './toasts.css'

const List = lazy(() => import('./ToastList.tsx').then((module) => ({ default: module.ToastList })))

/** The place of short reports at the foot of the page; it is there from the start, so that they are read out. */
export function Toasts() {
  const shown = useSyncExternalStore(onToasts, toasts)
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.length > 0 ? <Suspense fallback={null}><List toasts={shown} /></Suspense> : null}
    </div>
  )
}
