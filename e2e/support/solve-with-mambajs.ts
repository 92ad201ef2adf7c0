/**
 * Solves with mamba's JavaScript solver. Two arguments: an environment.yml and the platform. Prints the packages
 * as `name version`, one a line.
 */
import { createRequire } from 'node:module'

const overTheNetwork = globalThis.fetch
globalThis.fetch = (input, init) => {
  const address = input instanceof Request ? input.url : String(input)
  // asked for as soon as it is loaded, and needed for pip packages only
  return address.startsWith('https://raw.githubusercontent.com/')
    ? Promise.resolve(new Response('{}'))
    : overTheNetwork(input, init)
}

interface Mambajs {
  create(options: {
    yml: string
    platform: string
  }): Promise<{ packages: Record<string, { name: string; version: string }> }>
}

// required and not imported: it asks as soon as it is loaded, and its types want a browser's
const { create } = createRequire(import.meta.url)('@emscripten-forge/mambajs') as Mambajs
const [yml = '', platform = ''] = process.argv.slice(2)
const { packages } = await create({ yml, platform })
for (const { name, version } of Object.values(packages)) console.log(name, version)
