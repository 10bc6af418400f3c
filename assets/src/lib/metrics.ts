// Which logged keys become panels, and in which sections.

export type Section = { name: string; keys: string[] }

/** `val/loss` is the panel "loss" of the section "val"; keys without a prefix are in the section "Charts". */
export function splitKey(key: string): { prefix: string; name: string } {
  const slash = key.indexOf('/')
  return slash > 0 && slash < key.length - 1 ? { prefix: key.slice(0, slash), name: key.slice(slash + 1) } : { prefix: '', name: key }
}

const collator = new Intl.Collator('en', { numeric: true })

/** Sections by prefix, unprefixed keys first, everything in reading order. */
export function sections(keys: string[], unprefixed = 'Charts'): Section[] {
  const found = new Map<string, string[]>()
  for (const key of [...keys].sort(collator.compare)) {
    const { prefix } = splitKey(key)
    found.set(prefix, [...(found.get(prefix) ?? []), key])
  }
  return [...found]
    .sort(([left], [right]) => (left === '' ? -1 : right === '' ? 1 : collator.compare(left, right)))
    .map(([prefix, members]) => ({ name: prefix === '' ? unprefixed : prefix, keys: members }))
}

/** Keys the client logs for itself: `_step`, `_runtime`, … */
export function isInternal(key: string): boolean {
  return key.startsWith('_')
}

/** System measurements by device: `system.gpu.0.temp` belongs to `gpu`. What stands alone is of the "machine", first. */
export function systemSections(keys: string[]): Section[] {
  const found = new Map<string, string[]>()
  for (const key of [...keys].sort(collator.compare)) {
    const device = key.replace(/^system[./]/, '').split(/[./]/)[0] ?? key
    found.set(device, [...(found.get(device) ?? []), key])
  }
  const alone = [...found.values()].filter((members) => members.length === 1).flat()
  const devices = [...found].filter(([, members]) => members.length > 1).map(([name, members]) => ({ name, keys: members }))
  return alone.length > 0 ? [{ name: 'machine', keys: alone }, ...devices] : devices
}
