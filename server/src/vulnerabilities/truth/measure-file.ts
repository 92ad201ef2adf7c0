/** Measures the matcher on a file of labelled rows: without looking into builds, with recipe facts, and curated. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { errorText } from '../../platform/text.ts'
import { AppError } from '../../vocabulary/errors.ts'
import { holdAdvisories, linkLookup, loadAdvisories } from '../memory-advisories.ts'
import { parseCurationFile } from './curation-file.ts'
import { judgeTruth, type Judgement } from './judge-truth.ts'
import { parseRecipeFacts } from './recipe-facts.ts'
import { parseTruthFile } from './truth-file.ts'

export interface TruthFiles {
  readonly truth: string
  /** Files, and folders of which every JSON and XML file is read. */
  readonly advisories: readonly string[]
  readonly mappings: readonly string[]
  readonly recipes: readonly string[]
  readonly curation: readonly string[]
  /** False to judge rows only by the advisories at hand. */
  readonly useCitations: boolean
}

export interface TruthRun {
  /** `without recipes`, `automatic`, `curated`. */
  readonly name: string
  readonly judgements: readonly Judgement[]
}

export interface TruthResult {
  readonly runs: readonly TruthRun[]
  readonly advisoryCount: number
  /** Records that could not be used. */
  readonly skipped: readonly string[]
}

/** @throws AppError bad-request, invalid-advisories, invalid-mapping */
export async function measureFile(files: TruthFiles): Promise<TruthResult> {
  const rows = parseTruthFile(await readText(files.truth), basename(files.truth))
  const { advisories, skipped } = await loadAdvisories(await filesIn(files.advisories))
  const linksOf = linkLookup(files.mappings)
  const recipes = await readAll(files.recipes, parseRecipeFacts)
  const rulings = await readAll(files.curation, parseCurationFile)
  const { useCitations } = files
  const common = { sources: holdAdvisories(advisories), linksOf, useCitations }
  const runs = [
    { name: 'without recipes', judgements: judgeTruth(rows, { ...common, recipes: undefined, rulings: [] }) },
    { name: 'automatic', judgements: judgeTruth(rows, { ...common, recipes, rulings: [] }) },
  ]
  if (rulings.length > 0) {
    runs.push({ name: 'curated', judgements: judgeTruth(rows, { ...common, recipes, rulings }) })
  }
  return { runs, advisoryCount: advisories.length, skipped }
}

const DATA_FILE = /\.(?:json|jsonl|ndjson|xml)(?:\.(?:gz|zst))?$/

async function filesIn(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map(async (path) => {
      if (!(await isFolder(path))) return [path]
      const entries = await readdir(path, { recursive: true })
      return entries
        .filter((entry) => DATA_FILE.test(entry))
        .toSorted()
        .map((entry) => join(path, entry))
    }),
  )
  return found.flat()
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

function unreadable(path: string, cause: unknown): AppError {
  return new AppError('bad-request', `${path} cannot be read: ${errorText(cause)}`, { cause })
}

async function readAll<Item>(
  paths: readonly string[],
  parse: (text: string, name: string) => readonly Item[],
): Promise<Item[]> {
  const parts = await Promise.all(paths.map(async (path) => parse(await readText(path), basename(path))))
  return parts.flat()
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw unreadable(path, cause)
  }
}
