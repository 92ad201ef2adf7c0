/** Reads which source file imports which, for the tests that hold the shape of the repository. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

export interface Import {
  /** Path from the root for files of ours, else the name as it is written. */
  readonly target: string
  readonly typeOnly: boolean
}

export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly imports: readonly Import[]
}

const STATEMENT = /^(?:import|export)\s+(type\s)?\s*(?:([\w*\s{},$]*?)\s*from\s*)?'([^']+)'/gm
const EXPRESSION = /\bimport\(\s*'([^']+)'\s*\)/g

export function readSourceFiles(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => readSource(posix.join(folder, name.split(sep).join('/'))))
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8')
  return { path, text, imports: [...readImports(path, text)] }
}

function* readImports(path: string, text: string): Generator<Import> {
  for (const [, type, names, name] of text.matchAll(STATEMENT)) {
    yield { target: resolveTarget(path, name ?? ''), typeOnly: type !== undefined || onlyTypes(names) }
  }
  for (const [, name] of text.matchAll(EXPRESSION)) {
    yield { target: resolveTarget(path, name ?? ''), typeOnly: false }
  }
}

/** `{ type A, type B }` */
function onlyTypes(names: string | undefined): boolean {
  const inner = /^\{([^}]*)\}$/.exec(names?.trim() ?? '')?.[1]
  const parts = inner?.split(',').map((part) => part.trim())
  return parts?.filter(Boolean).every((part) => part.startsWith('type ')) ?? false
}

function resolveTarget(path: string, name: string): string {
  if (name.startsWith('.')) return posix.join(posix.dirname(path), name)
  if (name === '@terrarium/conda') return 'conda/src/index.ts'
  if (name.startsWith('@terrarium/conda/')) return name.replace('@terrarium/conda/', 'conda/src/')
  return name
}

/** Groups of files that reach each other, each as its paths in order. Tarjan's algorithm. */
export function findCycles(sources: readonly SourceFile[], counts: (one: Import) => boolean): string[] {
  const files = new Map(sources.map((file) => [file.path, file]))
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const stack: string[] = []
  const cycles: string[] = []

  const visit = (path: string): number => {
    const index = order.size
    order.set(path, index)
    stack.push(path)
    let low = index
    for (const { target } of files.get(path)?.imports.filter(counts) ?? []) {
      if (!files.has(target)) continue
      if (!order.has(target)) low = Math.min(low, visit(target))
      else if (stack.includes(target)) low = Math.min(low, lowest.get(target) ?? order.get(target) ?? low)
    }
    lowest.set(path, low)
    if (low === index) {
      const group = stack.splice(stack.indexOf(path))
      if (group.length > 1) cycles.push(group.sort().join(' '))
    }
    return low
  }
  for (const path of files.keys()) if (!order.has(path)) visit(path)
  return cycles.sort()
}
