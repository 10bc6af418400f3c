// Charts that people specify themselves: mountVega(element, spec, rows) → destroy. Loaded only where one is shown.
//
// Expressions are interpreted, so that the page's policy can forbid evaluating text as code; nothing is loaded from anywhere.
import { expressionInterpreter } from 'vega-interpreter'
import { parse, View, type Config, type Loader, type LoggerInterface, type Spec as VegaSpec } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import type { Spec } from '../lib/customChart.ts'
import { onThemeChange } from '../lib/theme.ts'

type Failed = (why: string) => void

/** Draws `rows` as the dataset `wandb` of a Vega or Vega-Lite specification into an element, and again as its size and the theme change. */
export function mountVega(element: HTMLElement, spec: Spec, rows: Record<string, unknown>[], onFailed: Failed): () => void {
  // The engine names the element it is given in its own words; who sees the page reads those of the panel.
  const inside = document.createElement('div')
  inside.setAttribute('aria-hidden', 'true')
  element.replaceChildren(inside)
  let view: View | null = null
  let isGone = false
  let pending = 0

  const draw = async () => {
    pending = 0
    const { clientWidth: width, clientHeight: height } = element
    if (isGone || width === 0 || height === 0) return
    view?.finalize()
    try {
      view = begin(inside, spec, width, height, onFailed)
      if (hasData(view)) view.data('wandb', rows.map((row) => ({ ...row })))
      await view.runAsync()
    } catch (error) {
      if (!isGone) onFailed(error instanceof Error ? error.message : String(error))
    }
  }
  const schedule = () => {
    if (pending === 0) pending = requestAnimationFrame(() => void draw())
  }
  const resizing = new ResizeObserver(schedule)
  resizing.observe(element)
  const stopTheme = onThemeChange(schedule)

  return () => {
    isGone = true
    cancelAnimationFrame(pending)
    resizing.disconnect()
    stopTheme()
    view?.finalize()
    element.replaceChildren()
  }
}

function begin(element: HTMLElement, spec: Spec, width: number, height: number, onFailed: Failed): View {
  const config = themed(getComputedStyle(element))
  const sized = { ...spec, width, height, autosize: { type: 'fit', contains: 'padding' } }
  const logger = speakingTo(onFailed)
  const isVega = typeof spec['$schema'] === 'string' && /\/vega\//.test(spec['$schema'])
  const vega = isVega ? (sized as VegaSpec) : compile(sized as TopLevelSpec, { config: config as never, logger: logger as never }).spec
  const runtime = parse(vega, isVega ? config : undefined, { ast: true })
  return new View(runtime, { expr: expressionInterpreter, loader: refusing(onFailed), logger, renderer: 'canvas', container: element, hover: true })
}

function hasData(view: View): boolean {
  return 'wandb' in view.getState({ data: (name?: string) => name === 'wandb', signals: () => false, recurse: false }).data
}

/** A loader that loads nothing. The engine itself only warns of what it could not load. */
function refusing(onFailed: Failed): Loader {
  const refuse = (url: string) => {
    const why = `it may not load ${url}, only draw the table that was logged with it`
    onFailed(why)
    return Promise.reject(new Error(why))
  }
  return { load: refuse, sanitize: refuse, http: refuse, file: refuse } as unknown as Loader
}

function speakingTo(onFailed: Failed): LoggerInterface {
  const logger: LoggerInterface = {
    level: ((level?: number) => (level === undefined ? 1 : logger)) as LoggerInterface['level'],
    error: (...words) => {
      onFailed(words.map((word) => (word instanceof Error ? word.message : String(word))).join(' '))
      return logger
    },
    warn: () => logger,
    info: () => logger,
    debug: () => logger,
  }
  return logger
}

/** The colours and type of the page. */
function themed(theme: CSSStyleDeclaration): Config {
  const value = (name: string) => theme.getPropertyValue(name).trim()
  const font = value('--font')
  const axis = { labelColor: value('--text-3'), titleColor: value('--text-2'), gridColor: value('--grid'), domainColor: value('--axis'), tickColor: value('--axis'), labelFontSize: 10.5, titleFontSize: 11, titleFontWeight: 500 as const }
  const first = value('--run-1')
  return {
    background: 'transparent', font, view: { stroke: 'transparent' },
    title: { color: value('--text'), fontSize: 12, fontWeight: 600, anchor: 'start' },
    axis, legend: { labelColor: value('--text-2'), titleColor: value('--text-2'), labelFontSize: 11, titleFontSize: 11 },
    mark: { color: first }, bar: { fill: first }, line: { stroke: first, strokeWidth: 1.5 }, text: { color: value('--text'), fill: value('--text') },
    range: {
      category: Array.from({ length: 8 }, (_, index) => value(`--run-${index + 1}`)),
      heatmap: [value('--surface'), first],
      ramp: [value('--surface'), first],
    },
  } as Config
}
