import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Where `vite` (the development server) finds the real server; a build needs none. */
const SERVER = 'http://127.0.0.1:8080'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    // light-dark() is used as it is; older browsers than these are out of support
    target: ['chrome123', 'firefox120', 'safari17.5'],
    // the content security policy lets no script stand in the page, nor data in place of a file
    assetsInlineLimit: 0,
  },
  server: { proxy: { '/api': SERVER } },
})
