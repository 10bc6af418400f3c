// Whether the page is being printed: then everything is drawn that on the screen waits until somebody scrolls to it.

let printing = false
let themeBefore: string | undefined
const listeners = new Set<() => void>()

export const isPrinting = () => printing

export function setPrinting(next: boolean): void {
  if (printing === next) return
  printing = next
  // Styles give the page the width of paper, so that what is drawn has the size that it is printed in.
  const page = document.documentElement
  page.toggleAttribute('data-printing', next)
  // Paper is white.
  if (next) themeBefore = page.dataset['theme']
  page.dataset['theme'] = next ? 'light' : (themeBefore ?? 'light')
  listeners.forEach((listener) => listener())
}

export function onPrinting(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
