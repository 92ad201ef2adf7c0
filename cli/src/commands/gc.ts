import { setTimeout as wait } from 'node:timers/promises'
import { Command } from 'commander'
import type { Client } from '../client.ts'
import type { CommandContext } from '../command-context.ts'
import { formatBytes, printJson, say } from '../output.ts'

interface Collection {
  readonly expired_revisions: number
  readonly blob_count: number
  readonly space_reclaimed: number
  readonly waiting_count: number
  readonly waiting_bytes: number
  readonly blobs: readonly string[]
}

interface Job {
  readonly state: string
  readonly error: string | null
  readonly progress: { readonly step: string; readonly done: number } | null
  readonly result: Collection | null
}

const POLL_MS = 200

export function gcCommand(context: CommandContext): Command {
  return new Command('gc')
    .description('take away revisions that are not kept any more, and bytes that nothing names')
    .option('--dry-run', 'tell what would go, and change nothing')
    .action(async (options: { dryRun?: boolean }) => {
      const client = context.client()
      const started = await client.post<{ job_id: string }>('/api/system/collect', {
        dry_run: options.dryRun === true,
      })
      const result = await finished(client, started.job_id)
      if (context.json()) {
        printJson(result)
        return
      }
      if (options.dryRun) for (const sha256 of result.blobs) process.stdout.write(`${sha256}\n`)
      else say(`${result.expired_revisions} revisions were not kept any more.`)
      const verb = options.dryRun ? 'would go' : 'are gone'
      say(`${result.blob_count} blobs (${formatBytes(result.space_reclaimed)}) ${verb}.`)
      if (result.waiting_count > 0)
        say(
          `${result.waiting_count} more (${formatBytes(result.waiting_bytes)}) that nothing names go ` +
            'when collect_after_hours are over.',
        )
    })
}

async function finished(client: Client, jobId: string): Promise<Collection> {
  let step = ''
  for (;;) {
    const job = await client.get<Job>(`/api/jobs/${jobId}`)
    if (job.state === 'done' && job.result) return job.result
    if (job.state === 'failed' || job.state === 'stopped')
      throw new Error(job.error ?? `the collection was ${job.state}`)
    if (job.progress && job.progress.step !== step) {
      step = job.progress.step
      say(`${step} …`)
    }
    await wait(POLL_MS)
  }
}
