/** `terrarium fsck`: runs the check, prints what was found. */
import type { Configuration } from '../platform/configuration.ts'
import { AppError } from '../vocabulary/errors.ts'
import { checkStorage, type CheckResult } from './check-storage.ts'
import { EXIT_NOT_CHECKED, exitCodeOf, kindOf, type Finding } from './finding.ts'
import { withStorage } from './open-folder.ts'

export interface FsckOptions {
  readonly configuration: Configuration
  readonly quick: boolean
  readonly json: boolean
}

export interface Output {
  line(text: string): void
  error(text: string): void
}

/** @returns the exit code, a sum of bits as docs/CLI.md has it */
export async function runFsck(options: FsckOptions, output: Output): Promise<number> {
  try {
    return await withStorage(options.configuration, async (parts) => {
      const result = await checkStorage(parts, {
        quick: options.quick,
        onFinding: (finding) => {
          if (!options.json) output.line(describeFinding(finding))
        },
      })
      const exitCode = exitCodeOf(result.findings.map(kindOf))
      output.line(
        options.json ? JSON.stringify(toJson(result, exitCode), undefined, 2) : describeResult(result),
      )
      return exitCode
    })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    output.error(`terrarium: ${error.message}`)
    return EXIT_NOT_CHECKED
  }
}

function describeFinding(finding: Finding): string {
  return `${kindOf(finding)}: ${finding.where}: ${finding.message} (${finding.code})`
}

function describeResult({ findings, blobs, bytes, channels }: CheckResult): string {
  const faults = findings.filter((finding) => kindOf(finding) !== 'note').length
  const looked = `${channels} channels, ${blobs} blobs, ${bytes} bytes`
  return faults === 0 ? `clean: ${looked}` : `${faults} ${faults === 1 ? 'fault' : 'faults'}: ${looked}`
}

function toJson({ findings, ...counts }: CheckResult, exitCode: number): object {
  return {
    exit_code: exitCode,
    ...counts,
    findings: findings.map((finding) => ({
      kind: kindOf(finding),
      code: finding.code,
      where: finding.where,
      message: finding.message,
    })),
  }
}
