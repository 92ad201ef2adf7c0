/** The formats: versions, match specs, the scan of an index, archives. */
import {
  compareKeys,
  compareVersions,
  InvalidVersionError,
  parseVersion,
  versionSortKey,
} from '@terrarium/conda'
import { versionTexts } from '@terrarium/conda/testing/fuzz-corpus.ts'
import { figure, time, type Bench, type BenchTable } from './bench.ts'

const RUNS = 7

export const bench: Bench = async ({ say }) => {
  say('versions…')
  return [await versions()]
}

async function versions(): Promise<BenchTable> {
  const texts = versionTexts().filter(isVersion)
  const keys = texts.map((text) => versionSortKey(text))
  const pairs = texts.length - 1
  const parse = await time(RUNS, () => {
    for (const text of texts) parseVersion(text)
  })
  const compare = await time(RUNS, () => {
    for (let i = 0; i < pairs; i++) compareVersions(texts[i]!, texts[i + 1]!)
  })
  const byKey = await time(RUNS, () => {
    for (let i = 0; i < pairs; i++) compareKeys(keys[i]!, keys[i + 1]!)
  })
  const perSecond = (count: number, ms: number): string => figure((count / ms) * 1000)
  return {
    title: 'Versions',
    columns: ['what', 'per second'],
    rows: [
      ['parsed', perSecond(texts.length, parse.bestMs)],
      ['compared, from their texts', perSecond(pairs, compare.bestMs)],
      ['compared, by sort keys made before', perSecond(pairs, byKey.bestMs)],
    ],
    notes: [`${figure(texts.length)} version strings.`],
  }
}

function isVersion(text: string): boolean {
  try {
    parseVersion(text)
    return true
  } catch (error) {
    if (error instanceof InvalidVersionError) return false
    throw error
  }
}
