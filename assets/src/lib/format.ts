// Numbers, sizes and times as people read them.

/** Four significant digits, k and M above a thousand, e-notation below a thousandth. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '−∞'
  const size = Math.abs(value)
  if (size === 0) return '0'
  if (size < 1e-3) return trimExponent(value.toExponential(3))
  if (size >= 1e9) return trimExponent(value.toExponential(3))
  if (size >= 1e6) return `${trimZeros((value / 1e6).toPrecision(4))}M`
  if (size >= 1e4) return `${trimZeros((value / 1e3).toPrecision(4))}k`
  return trimZeros(value.toPrecision(4))
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

function trimExponent(text: string): string {
  const [mantissa = '', exponent = ''] = text.split('e')
  return `${trimZeros(mantissa)}e${exponent.replace('+', '')}`
}

/** Any logged value in one short line. */
export function formatValue(value: unknown): string {
  if (typeof value === 'number') return formatNumber(value)
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return '—'
  return JSON.stringify(value)
}

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** Bytes in steps of a thousand. */
export function formatSize(bytes: number): string {
  const step = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), SIZES.length - 1)
  const value = bytes / 1000 ** step
  return `${step === 0 ? value : trimZeros(value.toPrecision(3))} ${SIZES[step]}`
}

/** The two largest units of a time span in milliseconds: `1h 5m`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  const days = Math.floor(hours / 24)
  if (days > 0) return `${days}d ${hours % 24}h`
  if (hours > 0) return `${hours}h ${minutes % 60}m`
  if (minutes > 0) return `${minutes}m ${seconds % 60}s`
  return `${seconds}s`
}

/** How long ago, in the largest unit. */
export function formatAgo(then: number, now: number): string {
  const seconds = Math.floor((now - then) / 1000)
  if (seconds < 10) return 'just now'
  if (seconds < 60) return `${seconds}s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ago`
  if (seconds < 30 * 86_400) return `${Math.floor(seconds / 86_400)}d ago`
  return new Date(then).toLocaleDateString(undefined, { year: 'numeric', month: 'short', day: 'numeric' })
}

/** A time from the server in milliseconds; those without a zone are UTC. `null` for none. */
export function parseTime(text: string | null | undefined): number | null {
  if (!text) return null
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`
  const time = Date.parse(zoned)
  return Number.isNaN(time) ? null : time
}

export function formatTime(time: number): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
}

/** Console text without colour codes and other terminal commands. */
export function stripTerminalCodes(text: string): string {
  return text.replace(/\u001b(\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(\u0007|\u001b\\))/g, '')
}

/** A number of things: `1 run`, `2 runs`. */
export function counted(count: number, thing: string, things = `${thing}s`): string {
  return `${count.toLocaleString()} ${count === 1 ? thing : things}`
}

/** The server's words for why not, as a sentence. */
export const sentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`

/** Words one after another: "a, b and c". */
export function listed(words: string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

/** How many there are of some things; what there is none of is not named, unless there is none of any. */
export function countedAll(...counts: [count: number, thing: string][]): string {
  const some = counts.filter(([count]) => count > 0)
  return listed((some.length > 0 ? some : counts.slice(0, 1)).map(([count, thing]) => counted(count, thing)))
}
