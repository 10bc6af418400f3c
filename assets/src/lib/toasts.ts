// Short reports of what was done, kept outside of pages: who leaves a page can still take it back.

export type Toast = { id: number; text: string; seconds: number; action: { name: string; act: () => void } | null }

/** How long a report stands, and how long one with a way back. */
const SECONDS = 5
const SECONDS_WITH_ACTION = 12

let shown: readonly Toast[] = []
let count = 0
const listeners = new Set<() => void>()

function show(next: readonly Toast[]): void {
  shown = next
  listeners.forEach((listener) => listener())
}

export const toasts = () => shown

export function onToasts(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function toast(text: string, action: Toast['action'] = null): void {
  count += 1
  show([...shown, { id: count, text, action, seconds: action ? SECONDS_WITH_ACTION : SECONDS }])
}

export const dismiss = (id: number) => show(shown.filter((one) => one.id !== id))
