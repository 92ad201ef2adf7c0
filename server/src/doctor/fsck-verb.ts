/** `terrarium fsck`: runs the check, repairs when that is asked for, prints what was found and done. */
import type { Configuration } from '../platform/configuration.ts'
import { AppError } from '../vocabulary/errors.ts'
import { checkStorage, type CheckResult } from './check-storage.ts'
import type { CheckParts, CheckProgress } from './check.ts'
import { EXIT_NOT_CHECKED, exitCodeOf, kindOf, type Finding, type FindingKind } from './finding.ts'
import { FindingLog } from './finding-log.ts'
import { noteDamage, toDamaged } from './note-damage.ts'
import { withStorage } from './open-folder.ts'
import { repairStorage, type Repair } from './repair/repair-storage.ts'
import { openWorkshop } from './repair/stopped-workshop.ts'

export interface FsckOptions {
  readonly configuration: Configuration
  readonly quick: boolean
  readonly json: boolean
  readonly repair?: boolean
  readonly signal?: AbortSignal
}

export interface Output {
  line(text: string): void
  error(text: string): void
  /** How far it is, for people who wait. */
  progress?(text: string): void
}

/** One to bring back, one to make anew, one for what the second left behind. */
const MOST_ROUNDS = 3

/** @returns the exit code, a sum of bits as docs/CLI.md has it */
export async function runFsck(options: FsckOptions, output: Output): Promise<number> {
  try {
    return await withStorage(options.configuration, async (parts) => {
      const repairs = new FindingLog()
      const { result, found } = options.repair
        ? await checkAndRepair(options, parts, output, repairs)
        : await check(options, parts, output)
      const exitCode = exitCodeOf([...found.kinds(), ...stillAway(found, repairs)])
      if (options.json) printJson(output, { exit_code: exitCode, ...result }, found, repairs)
      else output.line(describeResult(result, found))
      return exitCode
    })
  } catch (error) {
    if (options.signal?.aborted) {
      output.error('terrarium: stopped before the end; run it again')
      return EXIT_NOT_CHECKED
    }
    if (!(error instanceof AppError)) throw error
    output.error(`terrarium: ${error.message}`)
    return EXIT_NOT_CHECKED
  }
}

interface Checked {
  readonly result: CheckResult
  readonly found: FindingLog
}

async function check(options: FsckOptions, parts: CheckParts, output: Output): Promise<Checked> {
  const found = new FindingLog()
  const result = await checkStorage(parts, {
    quick: options.quick,
    ...(options.signal && { signal: options.signal }),
    onProgress: (progress) => output.progress?.(describeProgress(progress)),
    onFinding: (finding) => {
      found.add(finding)
      if (!options.json) output.line(describeFinding(finding))
    },
  })
  return { result, found }
}

async function checkAndRepair(
  options: FsckOptions,
  opened: CheckParts,
  output: Output,
  repairs: FindingLog,
): Promise<Checked> {
  const parts = { ...opened, isStopped: options.configuration.database === undefined }
  const workshop = openWorkshop(options.configuration, parts)
  const now = (): Date => new Date()
  try {
    for (let round = 1; ; round += 1) {
      const checked = await check(options, parts, output)
      const { found } = checked
      // nothing can be written to it, and its finding says what to do
      if (found[Symbol.iterator]().some(({ finding }) => finding.code === 'database-corrupt')) return checked
      await noteDamage(parts.db, found, { deep: !options.quick, at: now() })
      if (round > MOST_ROUNDS || found[Symbol.iterator]().every(({ finding }) => isNothing(finding)))
        return checked
      options.signal?.throwIfAborted()
      let isOver = true
      await repairStorage(
        { ...parts, now, rendering: workshop.rendering, onDemand: workshop.onDemand },
        found,
        round,
        (repair) => {
          const { finding, ...outcome } = repair
          if (outcome.outcome === 'repaired') isOver = false
          if (outcome.outcome !== 'left') repairs.add(finding, outcome)
          else if (kindOf(finding) === 'note') return
          if (!options.json) output.line(describeRepair(repair))
        },
      )
      found.close()
      await workshop.publishAll()
      if (isOver && round > 1) return await check({ ...options, json: true }, parts, output)
    }
  } finally {
    await workshop.close()
  }
}

function isNothing({ code }: Finding): boolean {
  return code === 'unreferenced-blob'
}

/** Of packages that the upstream of their mirror did not give back: no check finds them, for they are announced again. */
function stillAway(found: FindingLog, repairs: FindingLog): FindingKind[] {
  const kinds = new Set<FindingKind>()
  for (const { finding, repair } of repairs)
    if (repair?.outcome === 'aside' && toDamaged(finding).length > 0 && !found.has(finding))
      kinds.add(kindOf(finding))
  return [...kinds]
}

function describeFinding(finding: Finding): string {
  return `${kindOf(finding)}: ${finding.where}: ${finding.message} (${finding.code})`
}

function describeRepair({ finding, outcome, message }: Repair): string {
  const word = outcome === 'aside' ? 'put aside' : outcome
  return `  ${word}: ${finding.where}: ${message}`
}

function describeResult({ blobs, bytes, channels }: CheckResult, found: FindingLog): string {
  const faults = found.countFaults()
  const looked = `${channels} channels, ${blobs} blobs, ${bytes} bytes`
  return faults === 0 ? `clean: ${looked}` : `${faults} ${faults === 1 ? 'fault' : 'faults'}: ${looked}`
}

function describeProgress(progress: CheckProgress): string {
  const { step, done, bytes, bytes_per_second: rate, seconds_remaining: left } = progress
  const rest = left === null || left === undefined ? '' : `, about ${left} s left`
  if (bytes === undefined) return left === undefined ? step : `${step}: ${done}${rest}`
  const megabytes = (count: number): string => `${(count / 1e6).toFixed(1)} MB`
  return `${step}: ${done}, ${megabytes(bytes)} at ${megabytes(rate ?? 0)}/s${rest}`
}

/** Line by line: as one text it could be too long for a string. */
function printJson(output: Output, sums: object, found: FindingLog, repairs: FindingLog): void {
  const list = (name: string, log: FindingLog, end: string): void => {
    let before = `  "${name}": [`
    for (const { finding, repair } of log) {
      output.line(before)
      const done = repair && { outcome: repair.outcome, repair: repair.message }
      before = `    ${JSON.stringify({ ...findingJson(finding), ...done })},`
    }
    output.line(before.endsWith('[') ? `${before}]${end}` : before.slice(0, -1))
    if (!before.endsWith('[')) output.line(`  ]${end}`)
  }
  output.line('{')
  for (const [name, value] of Object.entries(sums)) output.line(`  "${name}": ${JSON.stringify(value)},`)
  list('findings', found, ',')
  list('repairs', repairs, '')
  output.line('}')
}

function findingJson(finding: Finding): object {
  return {
    kind: kindOf(finding),
    code: finding.code,
    where: finding.where,
    message: finding.message,
  }
}
