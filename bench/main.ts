/**
 * `npm run bench NAME [-- --write] [-- options of the benchmark]`: runs one benchmark and prints its tables. With
 * --write they also become its section of docs/BENCHMARKS.md. Without a name: which ones there are.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { describeMachine } from './bench.ts'
import { BENCHES, type BenchEntry } from './benches.ts'
import { renderTables, withSection } from './report.ts'

const PAGE = join(fileURLToPath(new URL('..', import.meta.url)), 'docs/BENCHMARKS.md')

async function main(argv: readonly string[]): Promise<void> {
  const [name = '', ...rest] = argv
  const entry = new Map<string, BenchEntry>(Object.entries(BENCHES)).get(name)
  if (entry === undefined) {
    const known = Object.entries(BENCHES).map(([each, { about }]) => `  ${each.padEnd(12)} ${about}`)
    console.error(['npm run bench NAME -- [--write]', '', ...known].join('\n'))
    process.exitCode = 2
    return
  }
  const { bench } = await entry.load()
  const args = rest.filter((word) => word !== '--write')
  const tables = await bench({
    args,
    say: (text) => void process.stderr.write(`${text}\n`),
  })
  const command = `\`npm run bench ${[name, ...(args.length > 0 ? ['--', ...args] : [])].join(' ')}\``
  const body = `${describeMachine(new Date())} Repeat it with ${command}.\n\n${renderTables(tables)}`
  console.log(await tidy(`## ${entry.title}\n\n${body}`))
  if (rest.includes('--write')) {
    await writeFile(PAGE, await tidy(withSection(await readFile(PAGE, 'utf8'), name, entry.title, body)))
  }
}

const tidy = async (markdown: string): Promise<string> =>
  format(markdown, { ...(await resolveConfig(PAGE)), parser: 'markdown' })

await main(process.argv.slice(2))
