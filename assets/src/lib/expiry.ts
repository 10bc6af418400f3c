// How long something is to be good for.

const DAY = 86_400_000

/** Days as a form sends them, with their names; empty is for ever. */
export const EXPIRIES: [days: string, name: string][] = [['', 'Never'], ['7', 'In 7 days'], ['30', 'In 30 days'], ['90', 'In 90 days'], ['365', 'In a year']]

/** The ISO moment that many days from now; `null` for never. */
export function expiryAfter(days: string, now: number): string | null {
  return days === '' ? null : new Date(now + Number(days) * DAY).toISOString()
}

export const isPast = (time: number, now: number) => time <= now
