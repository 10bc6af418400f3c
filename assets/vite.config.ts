import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { compress } from './compress.ts'
import { oneFontForm } from './fonts.ts'

// `npm run dev` shows these sources against a server that runs on its default address.
const server = process.env['RUNSTEAD_URL'] ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [react(), oneFontForm(), compress()],
  // The server may be below a path of its host. It writes that into the page; scripts and styles find others from where they are themselves.
  experimental: { renderBuiltUrl: (filename, { hostType }) => (hostType === 'html' ? `/${filename}` : { relative: true }) },
  build: {
    // The content security policy refuses data: fonts and scripts, so nothing is inlined.
    assetsInlineLimit: 0,
    target: 'es2022',
    reportCompressedSize: false,
    // What draws custom charts is large, and loaded only where one is shown.
    chunkSizeWarningLimit: 900,
    // A script names itself what it needs. Named in the first one too, so that it comes a moment earlier, that of all pages would be 2 kB more for the first.
    modulePreload: { resolveDependencies: (_, needed, { hostType }) => (hostType === 'js' ? needed.filter((name) => name.endsWith('.css')) : needed) },
    // What every page needs comes in one piece: it packs better than many, and stays cached when only pages change.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'vendor', test: /node_modules\/(react|react-dom|scheduler|@tanstack)\// }] } } },
  },
  server: { proxy: { '/api': server, '/graphql': server, '/files': server } },
})
