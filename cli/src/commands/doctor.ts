import type { Item } from '@terrarium/api/shapes.ts'
import { setTimeout as wait } from 'node:timers/promises'
import { Command } from 'commander'
import { allItems, type Client } from '../client.ts'
import type { CommandContext } from '../command-context.ts'
import { formatBytes, formatSeconds, printJson, say } from '../output.ts'

interface Progress {
  readonly step: string
  readonly done: number
  readonly bytes?: number
  readonly bytes_per_second?: number
  readonly seconds_remaining?: number | null
}

interface Result {
  readonly faults: number
  readonly repaired: number
  readonly aside: number
  readonly left: number
  readonly channels: number
  readonly blobs: number
  readonly bytes: number
}

interface Job {
  readonly state: string
  readonly error: string | null
  readonly progress: Progress | null
  readonly result: Result | null
}

type Check = Item<'GET /api/system/checks'>

type Finding = Item<'GET /api/system/checks/{checkId}/findings'>

const POLL_MS = 300

export function doctorCommand(context: CommandContext): Command {
  return new Command('doctor')
    .description('check what a server stores and serves while it is at work, and repair it')
    .option('--deep', 'read every blob and compare its digest')
    .option('--repair', 'repair what can be repaired, and put aside what cannot')
    .option('--last', 'print what the last check found, and check nothing')
    .option('--stop', 'stop the check that runs')
    .action(async (options: { deep?: boolean; repair?: boolean; last?: boolean; stop?: boolean }) => {
      const client = context.client()
      if (options.last) {
        const checks = await client.get<{ items: readonly Check[] }>('/api/system/checks?limit=100')
        const last = checks.items.find(({ result }) => result !== null)
        if (!last?.result) throw new Error('no check has come to its end yet')
        say(`${last.deep ? 'A deep' : 'A light'} check of ${last.finished_at ?? last.created_at}:`)
        await show(client, last.id, last.result)
        return
      }
      if (options.stop) {
        const { stopped } = await client.post<{ stopped: number }>('/api/system/checks/stop', {})
        say(stopped === 0 ? 'No check runs.' : 'The check stops.')
        return
      }
      const started = await client.post<{ job_id: string }>('/api/system/checks', {
        deep: options.deep === true,
        repair: options.repair === true,
      })
      await show(client, started.job_id, await finished(client, started.job_id))
    })

  async function show(client: Client, checkId: string, result: Result): Promise<void> {
    const path = `/api/system/checks/${encodeURIComponent(checkId)}/findings`
    const findings = await Array.fromAsync(allItems<Finding>(client, path))
    if (context.json()) printJson({ ...result, findings })
    else printResult(result, findings)
    if (result.left > 0) process.exitCode = 1
  }
}

function printResult(result: Result, findings: readonly Finding[]): void {
  for (const { kind, code, where, message, outcome, repair } of findings) {
    process.stdout.write(`${kind}: ${where}: ${message} (${code})\n`)
    if (outcome !== null) process.stdout.write(`  ${outcome}: ${repair ?? ''}\n`)
  }
  const looked = `${result.channels} channels, ${result.blobs} blobs, ${formatBytes(result.bytes)}`
  if (result.faults === 0) say(`Nothing is wrong: ${looked}.`)
  else
    say(
      `${result.faults} faults: ${result.repaired} repaired, ${result.left} left. ${looked}. ` +
        'docs/OPERATIONS.md says what each of them means.',
    )
}

async function finished(client: Client, jobId: string): Promise<Result> {
  let shown = ''
  let step = ''
  for (;;) {
    const job = await client.get<Job>(`/api/jobs/${encodeURIComponent(jobId)}`)
    if (job.state === 'done' && job.result) return job.result
    if (job.state === 'failed' || job.state === 'stopped')
      throw new Error(job.error ?? `the check was ${job.state}`)
    const text = progressText(job.progress)
    // in a log one line for each step will do
    const now = job.progress?.step ?? ''
    if (process.stderr.isTTY ? text !== shown : now !== step || shown === '') say(text)
    shown = text
    step = now
    await wait(POLL_MS)
  }
}

function progressText(progress: Progress | null): string {
  if (!progress) return 'waiting …'
  const { step, done, bytes, bytes_per_second: rate = 0, seconds_remaining: left } = progress
  const rest = left === null || left === undefined ? '' : `, ${formatSeconds(left)} left`
  if (bytes === undefined) return left === undefined ? `${step} …` : `${step}: ${done}${rest}`
  return `${step}: ${formatBytes(bytes)} at ${formatBytes(rate)}/s${rest}`
}
