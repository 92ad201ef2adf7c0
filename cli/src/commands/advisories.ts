import { basename } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Command } from 'commander'
import type { Client } from '../client.ts'
import type { CommandContext } from '../command-context.ts'
import { openFile } from '../open-file.ts'
import { printJson, say } from '../output.ts'

interface Job {
  readonly id: string
  readonly state: string
  readonly error: string | null
  readonly result: ImportResult | null
}

interface ImportResult {
  readonly records: number
  readonly changed: number
  readonly skipped: number
  readonly skipped_lines: readonly { readonly line: number; readonly reason: string }[]
}

const POLL_MS = 200
const SHOWN_LINES = 10

export function advisoriesCommand(context: CommandContext): Command {
  const command = new Command('advisories').description('bring in advisories and the mapping of names')
  command
    .command('import <files...>')
    .description('OSV, NVD 1.1 and 2.0 or CVE 5, as JSON or JSON lines, plain or compressed')
    .action((files: string[]) => importFiles(context, files, 'advisories'))
  command
    .command('import-mapping <file>')
    .description('which PyPI names a conda name stands for, as JSON')
    .action((file: string) => importFiles(context, [file], 'mapping'))
  return command
}

async function importFiles(context: CommandContext, files: readonly string[], kind: string): Promise<void> {
  const client = context.client()
  const results: ImportResult[] = []
  for (const file of files) {
    const name = basename(file)
    const started = await client.sendBytes<{ job_id: string }>(
      `/api/advisories/import?kind=${kind}&filename=${encodeURIComponent(name)}`,
      await openFile(file),
    )
    const result = await finished(client, started.job_id)
    results.push(result)
    say(`${name}: ${result.records} records, ${result.changed} new or changed, ${result.skipped} skipped.`)
    for (const { line, reason } of result.skipped_lines.slice(0, SHOWN_LINES))
      say(`  line ${line}: ${reason}`)
    if (result.skipped > SHOWN_LINES) say(`  and ${result.skipped - SHOWN_LINES} more; --json shows them`)
  }
  if (context.json()) printJson(results)
}

async function finished(client: Client, jobId: string): Promise<ImportResult> {
  for (;;) {
    const job = await client.get<Job>(`/api/jobs/${jobId}`)
    if (job.state === 'done' && job.result) return job.result
    if (job.state === 'failed' || job.state === 'stopped')
      throw new Error(job.error ?? `the import was ${job.state}`)
    await wait(POLL_MS)
  }
}
