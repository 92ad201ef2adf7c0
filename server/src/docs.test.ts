/** Holds the documentation equal to what it documents: codes, keys, commands, dependencies, links. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { withOperationsTable } from '../../scripts/operations-table.ts'
import { ROOT } from '../../scripts/source-files.ts'
import { errorStatuses } from './vocabulary/errors.ts'
import { jobKinds } from './vocabulary/job-kinds.ts'

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

test('docs/ERRORS.md has every code of the catalogue with its status, and no other', () => {
  const rows = [...read('docs/ERRORS.md').matchAll(/^\| `([a-z-]+)` +\| (\d{3}) +\|/gm)]
  const documented = rows.map(([, code, status]) => `${code} ${status}`)
  const catalogue = Object.entries(errorStatuses).map(([code, status]) => `${code} ${status}`)
  expect(documented.sort()).toEqual(catalogue.sort())
})

test('docs/OPERATIONS.md has the table that the configuration schema makes', async () => {
  const page = read('docs/OPERATIONS.md')
  expect(page === (await withOperationsTable(page)), 'run `npm run generate` and commit what it writes').toBe(
    true,
  )
})

test('docs/ARCHITECTURE.md names every kind of job', () => {
  const page = read('docs/ARCHITECTURE.md')
  expect(jobKinds.filter((kind) => !page.includes(`\`${kind}\``))).toEqual([])
})

describe('docs/DEPENDENCIES.md', () => {
  const sections = sectionsOf(read('docs/DEPENDENCIES.md'), '## ')

  test.each([
    ['The whole repository', 'package.json'],
    ['conda', 'conda/package.json'],
    ['api', 'api/package.json'],
    ['server', 'server/package.json'],
    ['cli', 'cli/package.json'],
    ['web', 'web/package.json'],
  ])('%s: a reason for each dependency, and no other', (title, file) => {
    const section = sections.get(title) ?? ''
    const documented = [...section.matchAll(/^\| `([^`]+)` +\| \S/gm)].map(([, name]) => name ?? '')
    expect(documented.sort()).toEqual(declaredIn(file).sort())
  })
})

/** Dependencies of every kind; our own workspaces need no reason. */
function declaredIn(file: string): string[] {
  const manifest = JSON.parse(read(file)) as Record<string, Record<string, string> | undefined>
  return ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']
    .flatMap((kind) => Object.keys(manifest[kind] ?? {}))
    .filter((name) => !name.startsWith('@terrarium/'))
}

describe('docs/CLI.md', async () => {
  const page = read('docs/CLI.md')
  const sections = sectionsOf(page, '### ')
  const commands = await allCommands()

  test('has a section for each command, and no other', () => {
    const documented = [...sections.keys()].filter((title) => title.startsWith('`terrarium '))
    expect(documented.sort()).toEqual(commands.map(({ title }) => title).sort())
  })

  test('a section names every option of its command', () => {
    const missing = commands.flatMap(({ title, options }) =>
      options
        .filter((flag) => !sections.get(title)?.includes(`\`${flag}`))
        .map((flag) => `${title}: ${flag}`),
    )
    expect(missing).toEqual([])
  })

  test('lines to copy, here and in the interface, have the options that their command cannot do without', () => {
    const folders = ['docs', 'web/src/components']
    const files = folders.flatMap((folder) =>
      readdirSync(join(ROOT, folder)).map((name) => join(folder, name)),
    )
    const lines = ['README.md', ...files]
      .filter((file) => /\.(?:md|tsx?)$/.test(file))
      .flatMap((file) => read(file).replaceAll('\\\n', '').split('\n'))
    const faults = commands.flatMap(({ title, needs }) => {
      const start = `npx ${title.slice(1, -1)} `
      return lines.filter(
        (line) => line.includes(start) && !needs.every((flags) => flags.test(line.split(start)[1] ?? '')),
      )
    })
    expect(faults).toEqual([])
  })
})

interface DocumentedCommand {
  readonly title: string
  /** What has to stand in its line, for each option without which it ends at once. */
  readonly needs: readonly RegExp[]
  /** Long flags, without those that help hides. */
  readonly options: readonly string[]
}

/** What is registered, asked of the command files themselves; the server's verbs stand in the launcher. */
async function allCommands(): Promise<DocumentedCommand[]> {
  const folder = join(ROOT, 'cli/src/commands')
  const found: DocumentedCommand[] = []
  for (const file of readdirSync(folder).filter((name) => /^[a-z-]+\.ts$/.test(name))) {
    // by its path: the server knows no client
    const module = (await import(pathToFileURL(join(folder, file)).href)) as Record<string, unknown>
    for (const [name, make] of Object.entries(module)) {
      if (!name.endsWith('Command')) continue
      const command = (make as (context: object) => Command)({}) // every export of this name is such a function
      found.push(...leaves(command, 'terrarium'))
    }
  }
  const [, verbs = ''] = /SERVER_VERBS = \[([^\]]*)\]/.exec(read('cli/bin/terrarium.cjs')) ?? []
  for (const [, verb] of verbs.matchAll(/'([^']+)'/g))
    found.push({ title: `\`terrarium ${verb}\``, options: [], needs: [] })
  return found
}

function leaves(command: Command, prefix: string): DocumentedCommand[] {
  const path = `${prefix} ${command.name()}`
  if (command.commands.length > 0) return command.commands.flatMap((child) => leaves(child, path))
  const options = command.options.filter(({ hidden }) => !hidden).map(({ long }) => long ?? '')
  const needs = command.options
    .filter(({ mandatory }) => mandatory)
    .map(({ short, long }) => new RegExp(`${short ?? long} |${long} `))
  return [{ title: `\`${path}\``, options, needs }]
}

/** The text below each heading, by heading. */
function sectionsOf(page: string, mark: string): Map<string, string> {
  const parts = page.split(new RegExp(`^${mark}`, 'm')).slice(1)
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')).trim(), part]))
}

describe('links', () => {
  const pages = ['', 'conda', 'api', 'server', 'cli', 'web', 'docs', 'scripts', 'e2e'].flatMap((folder) =>
    (existsSync(join(ROOT, folder))
      ? readdirSync(join(ROOT, folder), { recursive: folder !== '', encoding: 'utf8' })
      : []
    )
      .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
      .map((name) => join(folder, name)),
  )

  test.each(pages)('%s: what it links to is there', (page) => {
    const text = read(page).replace(/^```[^]*?^```/gm, '')
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)|<img[^>]* src="([^"]+)"/g)]
      .map(([, link, image]) => link ?? image ?? '')
      .filter((link) => !/^[a-z]+:/.test(link) && !resolves(page, link))
    expect(broken).toEqual([])
  })
})

function resolves(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? page : join(dirname(page), path)
  if (!existsSync(join(ROOT, target))) return false
  return anchor === undefined || anchorsOf(read(target)).has(anchor)
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => heading ?? '')
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  )
}
