// The look is attributes of the document; public/theme.js sets them before the first paint.

export type Theme = 'light' | 'dark'
/** What a person chose; `system` follows the machine. */
export type ThemeChoice = Theme | 'system'
export type Density = 'normal' | 'compact'

const dark = () => matchMedia('(prefers-color-scheme: dark)')

export function currentTheme(): Theme {
  return document.documentElement.dataset['theme'] === 'dark' ? 'dark' : 'light'
}

export function chosenTheme(): ThemeChoice {
  const chosen = localStorage.getItem('theme')
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system'
}

export function chooseTheme(choice: ThemeChoice): void {
  if (choice === 'system') localStorage.removeItem('theme')
  else localStorage.setItem('theme', choice)
  document.documentElement.dataset['theme'] = choice === 'system' ? (dark().matches ? 'dark' : 'light') : choice
}

export const toggleTheme = () => chooseTheme(currentTheme() === 'dark' ? 'light' : 'dark')

export const currentDensity = (): Density => (document.documentElement.dataset['density'] === 'compact' ? 'compact' : 'normal')

export function chooseDensity(density: Density): void {
  localStorage.setItem('density', density)
  document.documentElement.dataset['density'] = density
}

/** Calls back whenever the look changes; returns what ends that. */
export function onThemeChange(listener: () => void): () => void {
  const observer = new MutationObserver(listener)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'data-density'] })
  return () => observer.disconnect()
}
