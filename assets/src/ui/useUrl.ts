import { useNavigate, useSearch } from '@tanstack/react-router'

export type UrlValues = Readonly<Record<string, string>>

/**
 * What stands behind `?` in the address: pages keep there what they show, so that it can be reloaded and passed on.
 * The second value changes some of it; an empty text takes a value out.
 */
export function useUrl(): [UrlValues, (change: Record<string, string>) => void] {
  const search: Record<string, unknown> = useSearch({ strict: false })
  const navigate = useNavigate()
  const values = Object.fromEntries(Object.entries(search).flatMap(([name, value]) => (value === undefined || value === null ? [] : [[name, String(value)]])))
  const change = (changed: Record<string, string>) => {
    const next = Object.fromEntries(Object.entries({ ...values, ...changed }).filter(([, value]) => value !== ''))
    void navigate({ to: '.', search: next as never, replace: true, resetScroll: false })
  }
  return [values, change]
}
