// Of fonts that a package has in several forms, the pages take the one that every browser of today reads.
import type { Plugin } from 'vite'

export function oneFontForm(): Plugin {
  return {
    name: 'one-font-form',
    enforce: 'pre',
    transform(code, id) {
      return id.includes('katex.min.css') ? code.replace(/,url\([^)]*\.(?:woff|ttf)\) format\("[a-z]+"\)/g, '') : null
    },
  }
}
