/**
 * Policies at the size of conda-forge: how fast decisions are, how soon an edited policy acts at the gate and in
 * the index, what a preview takes, what a change of one name takes, and what a day of advisories takes while somebody reads. On
 * the world of `world.ts`, with advisories against a tenth of its names.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import type { FastifyInstance } from 'fastify'
import { buildApp } from '../server/src/app.ts'
import { countStale } from '../server/src/channels/stale-names.ts'
import { findChannelByName } from '../server/src/channels/store.ts'
import { createTokenForUser } from '../server/src/identity/accounts.ts'
import type { Parts } from '../server/src/parts.ts'
import { decide } from '../server/src/policies/decide.ts'
import { cve, facts, now, policy } from '../server/src/policies/testing/artifact-facts.ts'
import { FactsFolder } from '../server/src/previews/facts-file.ts'
import { figure, time, type Bench, type BenchTable } from './bench.ts'
import { buildWorld, openWorld, WORLD_CHANNEL } from './world.ts'

const RUNS = 5
/** The thread that makes facts ready ends when it had nothing to do for so long. */
const PREPARER_ENDS_MS = 8_000
/** A name of the world in so many has advisories, as on conda-forge. */
const MAPPED_EVERY = 10

const ASSIGNMENT = `/api/channels/${WORLD_CHANNEL}/policies/bench`
const POLICY = `
name: bench
rules:
  - { id: no-high, effect: deny, when: { cve: '>= 7' } }
  - { id: no-copyleft, effect: hide, when: { licence: [GPL, AGPL] } }
exceptions:
  - { id: e, match: { package: 'r-*', rule: no-copyleft }, reason: R is used under it }
`

export const bench: Bench = async ({ args, say }) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      records: { type: 'string', default: '500000' },
      names: { type: 'string', default: '30000' },
      data: { type: 'string' },
    },
  })
  const tables = [await decisions()]
  const folder = values.data ?? mkdtempSync(join(tmpdir(), 'terrarium-policies-'))
  const parts = await openWorld(folder)
  try {
    if (!(await findChannelByName(parts.db, WORLD_CHANNEL))) {
      await buildWorld(parts, { records: Number(values.records), names: Number(values.names) }, say)
    }
    tables.push(...(await new WorldBench(parts, await buildApp(parts), say).run()))
    return tables
  } finally {
    await parts.close()
    if (values.data === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

async function decisions(): Promise<BenchTable> {
  const rules = Array.from(
    { length: 10 },
    (_, index) =>
      ['cve: ">= 7"', 'licence: [GPL, AGPL]', `package: [p${index}, q${index} <3]`, 'size: "> 2 GB"'][
        index % 4
      ],
  )
  const ten = policy(`deny: [${rules.map((rule) => `{${rule}}`).join(', ')}]`)
  const files = Array.from({ length: 2000 }, (_, index) =>
    facts({
      name: `package-${index % 700}`,
      vulnerabilities: index % 10 === 0 ? [cve({ score: 4, severity: 'medium' })] : [],
    }),
  )
  const blocked = files.map((file) => ({ ...file, vulnerabilities: [cve()] }))
  const all = (these: typeof files, brief: boolean) => (): void => {
    for (const file of these) decide(file, [ten], now, { brief })
  }
  const row = async (what: string, run: () => void): Promise<string[]> => {
    const { bestMs } = await time(20, run)
    return [what, figure((files.length / bestMs) * 1000)]
  }
  return {
    title: 'Decisions under ten rules',
    columns: ['what', 'per second'],
    rows: [
      await row('allowed', all(files, false)),
      await row('denied, with evidence', all(blocked, false)),
      await row('denied, for a count', all(blocked, true)),
    ],
  }
}

class WorldBench {
  readonly #parts: Parts
  readonly #app: FastifyInstance
  readonly #say: (text: string) => void
  #token = ''
  #channelId = ''

  constructor(parts: Parts, app: FastifyInstance, say: (text: string) => void) {
    this.#parts = parts
    this.#app = app
    this.#say = say
  }

  async run(): Promise<BenchTable[]> {
    const { db } = this.#parts
    const channel = await findChannelByName(db, WORLD_CHANNEL)
    if (!channel) throw new Error('the world has no channel')
    this.#channelId = channel.id
    const created = await createTokenForUser(db, 'admin', { name: 'bench', days: 1 }, new Date())
    this.#token = created.secret.reveal()
    await this.#parts.jobs.start()
    try {
      await this.#takeBack() // by a run that was ended in the middle
      await this.#importAdvisories()
      const preview = await this.#preview()
      return [preview, ...(await this.#acts())]
    } finally {
      await this.#app.close()
    }
  }

  async #takeBack(): Promise<void> {
    const { items } = (await this.#ask('GET', `/api/channels/${WORLD_CHANNEL}/policies`)) as {
      items: { name: string }[]
    }
    if (items.some(({ name }) => name === 'bench')) await this.#ask('DELETE', ASSIGNMENT)
    await this.#settle()
  }

  /** Two advisories against each tenth name, each of half of its versions. */
  async #importAdvisories(): Promise<void> {
    const rows = await this.#parts.db
      .selectFrom('channel_files')
      .select('name')
      .distinct()
      .where('channel_id', '=', this.#channelId)
      .orderBy('name')
      .execute()
    const mapped = rows.filter((_, index) => index % MAPPED_EVERY === 0).map(({ name }) => name)
    this.#say(`importing advisories against ${figure(mapped.length)} names…`)
    await this.#importFile(
      'mapping',
      JSON.stringify(Object.fromEntries(mapped.map((name) => [name, [name]]))),
    )
    const advisories = mapped.flatMap((name, index) => [
      advisory(name, `2098-${10_000 + index}`, 'H', '2'),
      advisory(name, `2099-${10_000 + index}`, 'N', '1'),
    ])
    await this.#importFile('advisories', advisories.map((one) => JSON.stringify(one)).join('\n'))
  }

  async #importFile(kind: string, text: string): Promise<void> {
    await this.#ask('POST', `/api/advisories/import?kind=${kind}&filename=bench.jsonl`, Buffer.from(text))
    await this.#settle()
  }

  async #preview(): Promise<BenchTable> {
    const run = async (document: string): Promise<{ ms: number; body: Preview }> => {
      const started = performance.now()
      const body = await this.#ask('POST', `/api/channels/${WORLD_CHANNEL}/policy-preview`, { document })
      return { ms: performance.now() - started, body: body as Preview } // what the route answers
    }
    const memory = (): string => figure(process.memoryUsage().rss / 2 ** 20)
    await new FactsFolder(this.#parts.configuration.data).sweep(() => false) // of a run before
    const before = memory()
    const started = performance.now()
    await this.#parts.facts.prepare(this.#channelId) // what a server does by itself when it is started
    const preparedMs = performance.now() - started
    await wait(PREPARER_ENDS_MS)
    const prepared = memory()
    const first = await run(POLICY)
    this.#say(`first preview ${figure(first.ms)} ms`)
    const next: number[] = []
    for (let index = 0; index < RUNS; index += 1) {
      next.push((await run(POLICY.replace('>= 7', `>= ${7 + index / 10}`))).ms)
    }
    const { file_count: files, newly_blocked: blocked, names_count: names } = first.body
    return {
      title: `Preview over ${figure(files)} files`,
      columns: ['what', 'seconds'],
      rows: [
        ['facts made ready, in the background', figure(preparedMs / 1000)],
        ['the first preview, nothing in memory', figure(first.ms / 1000)],
        ['the next ones, median', figure((next.toSorted((a, b) => a - b)[RUNS >> 1] ?? 0) / 1000)],
        ['the next ones, slowest', figure(Math.max(...next) / 1000)],
      ],
      notes: [
        `${figure(blocked)} files of ${figure(names)} names would be blocked. ` +
          `Memory of the process: ${before} MB before, ${prepared} MB with the facts on disk, ${memory()} MB after the previews.`,
      ],
    }
  }

  /** Each step decides the whole channel anew, so the day is measured under the policy that is in force anyway. */
  async #acts(): Promise<BenchTable[]> {
    const newNumber = String(Date.now()).slice(-9)
    const victim = await this.#blockedFile()
    const rows: string[][] = []
    const measure = async (what: string, change: () => Promise<unknown>, blocked: boolean): Promise<void> => {
      const revision = await this.#revision()
      const started = performance.now()
      await change()
      await until(async () => (await this.#status(victim)) === (blocked ? 403 : 200))
      const gate = performance.now() - started
      await this.#settle(() => this.#revision().then((now) => now > revision))
      const index = performance.now() - started
      this.#say(`${what}: gate ${figure(gate)} ms, index ${figure(index)} ms`)
      rows.push([what, figure(gate / 1000), figure(index / 1000)])
    }
    const name =
      victim
        .split('/')
        .at(-1)
        ?.replace(/-[^-]+-[^-]+$/, '') ?? ''
    await this.#ask('POST', '/api/policies', { document: POLICY })
    await measure('a policy is put in force', () => this.#ask('PUT', ASSIGNMENT, {}), true)
    const day = await this.#day()
    await measure(
      'a policy is edited',
      () => this.#ask('POST', '/api/policies', { document: POLICY.replace('>= 7', '>= 9.9') }),
      false,
    )
    await measure(
      `an advisory against one name (${figure(await this.#filesOf(name))} files)`,
      () =>
        this.#ask(
          'POST',
          '/api/advisories/import?kind=advisories&filename=one.json',
          Buffer.from(JSON.stringify(advisory(name, `2097-${newNumber}`, 'H', '999', 'C'))),
        ),
      true,
    )
    await measure('a policy is taken back', () => this.#ask('DELETE', ASSIGNMENT), false)
    const effects = {
      title: 'From a change to its effect',
      columns: ['change', 'gate, seconds', 'served shard index, seconds'],
      rows,
      notes: [
        'One process, which also serves; the change is an HTTP request like any other. ' +
          `Highest memory of the process: ${figure(process.resourceUsage().maxRSS / 1024)} MB.`,
      ],
    }
    return [effects, day]
  }

  /** A day of advisories as one import, under a policy, while somebody reads. */
  async #day(): Promise<BenchTable> {
    const rows = await this.#parts.db
      .selectFrom('advisories')
      .innerJoin('advisory_affected', 'advisory_affected.advisory_key', 'advisories.key')
      .select(['advisories.id', 'advisory_affected.identity'])
      .where('advisories.id', 'like', 'PYSEC-2098-%')
      .where('advisories.state', '=', 'active')
      .orderBy('advisories.id')
      .limit(CHANGED + WITHDRAWN)
      .execute()
    const known = rows.map(({ id, identity }) => ({
      number: id.slice('PYSEC-'.length),
      name: identity.split(':')[1] ?? '',
    }))
    const stamp = new Date().toISOString()
    const news = known
      .slice(0, ADDED)
      .map(({ name }, index) => ({ name, number: `2096-${Date.now() + index}` }))
    const day = [
      ...known.slice(0, CHANGED).map(({ name, number }) => advisory(name, number, 'H', '3')),
      ...news.map(({ name, number }) => advisory(name, number, 'H', '2')),
      ...known
        .slice(CHANGED)
        .map(({ name, number }) => ({ ...advisory(name, number, 'H', '2'), withdrawn: stamp })),
    ].map((one) => JSON.stringify({ ...one, modified: stamp }))
    const file = await this.#blockedFile()
    const idle = await this.#readsUntil(file, wait(IDLE_MS))
    const started = performance.now()
    let verdicts = 0
    const meanwhile = await this.#readsUntil(
      file,
      (async () => {
        await this.#ask('POST', '/api/advisories/import?filename=day.jsonl', Buffer.from(day.join('\n')))
        await until(async () => (await countStale(this.#parts.db, this.#channelId)) > 0)
        verdicts = performance.now() - started
        await this.#settle()
      })(),
    )
    const index = performance.now() - started
    this.#say(`a day of advisories: verdicts ${figure(verdicts)} ms, index ${figure(index)} ms`)
    return {
      title: 'A day of advisories while somebody reads',
      columns: ['what', 'figure'],
      rows: [
        [
          'changed, new, withdrawn',
          `${Math.min(CHANGED, known.length)}, ${news.length}, ${known.slice(CHANGED).length}`,
        ],
        ['from the file to the gate, seconds', figure(verdicts / 1000)],
        ['from the file to the served shard index, seconds', figure(index / 1000)],
        ['a read through the gate, idle, median ms', figure(medianOf(idle))],
        ['the same meanwhile, median ms', figure(medianOf(meanwhile))],
        ['the slowest meanwhile, ms', figure(Math.max(...meanwhile))],
      ],
    }
  }

  /** How long each read took while something went on, in milliseconds. */
  async #readsUntil(file: string, end: Promise<unknown>): Promise<number[]> {
    let isOver = false
    const ended = end.finally(() => {
      isOver = true
    })
    const took: number[] = []
    while (!isOver) {
      const started = performance.now()
      await this.#status(file)
      took.push(performance.now() - started)
      await wait(PAUSE_MS)
    }
    await ended
    return took
  }

  async #blockedFile(): Promise<string> {
    const query = '/api/explain?channel=world&spec='
    const rows = await this.#parts.db
      .selectFrom('vulnerability_matches')
      .select(['conda_name'])
      .distinct()
      .where('conda_name', 'not in', (qb) =>
        // hit by an earlier run on the same world
        qb
          .selectFrom('vulnerability_matches')
          .select('conda_name')
          .where('vulnerability_id', 'like', 'CVE-2097-%'),
      )
      .limit(50)
      .execute()
    for (const { conda_name: name } of rows) {
      const found = (await this.#ask('GET', query + encodeURIComponent(name))) as {
        candidates: { file: string; decision: unknown }[]
      }
      const oldest = found.candidates.at(-1)
      if (oldest) return oldest.file
    }
    throw new Error('nothing of the world has an advisory')
  }

  async #filesOf(name: string): Promise<number> {
    const { count } = await this.#parts.db
      .selectFrom('channel_files')
      .select((eb) => eb.fn.countAll<number | string>().as('count'))
      .where('channel_id', '=', this.#channelId)
      .where('name', '=', name)
      .executeTakeFirstOrThrow()
    return Number(count)
  }

  async #revision(): Promise<number> {
    return (await findChannelByName(this.#parts.db, WORLD_CHANNEL))?.revision ?? 0
  }

  async #status(file: string): Promise<number> {
    const response = await this.#app.inject({ method: 'HEAD', url: `/api/repo/${WORLD_CHANNEL}/${file}` })
    return response.statusCode
  }

  /** Until no name is stale, and the index of it is served. */
  async #settle(isDone: () => Promise<boolean> = () => Promise.resolve(true)): Promise<void> {
    await until(async () => {
      this.#parts.jobs.wake()
      const { count } = await this.#parts.db
        .selectFrom('jobs')
        .select((eb) => eb.fn.countAll<number | string>().as('count'))
        .where('state', 'in', ['queued', 'running'])
        .where('kind', '!=', 'channel.render')
        .executeTakeFirstOrThrow()
      const stale = await countStale(this.#parts.db, this.#channelId)
      return stale === 0 && Number(count) === 0 && (await isDone())
    })
    const url = `/api/repo/${WORLD_CHANNEL}/noarch/repodata_shards.msgpack.zst`
    const index = await this.#app.inject({ method: 'GET', url })
    if (decodeShardIndex(index.rawPayload).shards.size === 0) throw new Error('the index is empty')
  }

  async #ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: object): Promise<unknown> {
    const response = await this.#app.inject({
      method,
      url,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(Buffer.isBuffer(body) && { 'content-type': 'application/octet-stream' }),
      },
      ...(body && { payload: body }),
    })
    if (response.statusCode >= 300) throw new Error(`${url}: ${response.body}`)
    return response.body === '' ? undefined : response.json()
  }
}

const CHANGED = 500
const ADDED = 120
const WITHDRAWN = 20
const IDLE_MS = 3_000

function medianOf(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1] ?? 0
}

const DEADLINE_MS = 600_000
const PAUSE_MS = 5

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('what was waited for did not come within ten minutes')
    await wait(PAUSE_MS)
  }
}

interface Preview {
  readonly file_count: number
  readonly newly_blocked: number
  readonly names_count: number
}

function advisory(name: string, number: string, confidentiality: string, fixed: string, scope = 'U'): object {
  return {
    id: `PYSEC-${number}`,
    aliases: [`CVE-${number}`],
    modified: '2026-01-01T00:00:00Z',
    published: '2026-01-01T00:00:00Z',
    severity: [
      {
        type: 'CVSS_V3',
        score: `CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:${scope}/C:${confidentiality}/I:${confidentiality}/A:H`,
      },
    ],
    affected: [
      {
        package: { ecosystem: 'PyPI', name },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
      },
    ],
  }
}
