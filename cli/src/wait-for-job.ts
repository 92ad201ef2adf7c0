import { setTimeout as wait } from 'node:timers/promises'
import type { Client } from './client.ts'

interface Job<Result> {
  readonly id: string
  readonly state: string
  readonly error: string | null
  readonly result: Result | null
}

const POLL_MS = 200

/** What a job came to. @throws Error with the job's own words when it failed */
export async function waitForJob<Result>(client: Client, jobId: string): Promise<Result> {
  for (;;) {
    const job = await client.get<Job<Result>>(`/api/jobs/${jobId}`)
    if (job.state === 'done' && job.result) return job.result
    if (job.state === 'failed' || job.state === 'stopped')
      throw new Error(job.error ?? `the job was ${job.state}`)
    await wait(POLL_MS)
  }
}
