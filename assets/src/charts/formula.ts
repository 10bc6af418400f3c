// Formulas in LaTeX, with fonts of our own. Loaded only where one is shown.
import katex from 'katex'
import 'katex/dist/katex.min.css'

/** Draws a formula into an element; what is wrong with it, if something is. It may make nothing but what is seen: no links, no loaded pictures. */
export function drawFormula(element: HTMLElement, source: string, displayMode: boolean): string | null {
  try {
    katex.render(source, element, { displayMode, throwOnError: true, trust: false, strict: 'ignore', maxExpand: 500, maxSize: 50 })
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
