/** The server of the demo, as a process of its own, started the way an operator starts it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface ServerProcess {
  readonly url: string
  /** Of the administrator: known on the first start alone. */
  readonly firstPassword: string | undefined
  /** Its exit code. */
  readonly ended: Promise<number>
  stop(): Promise<void>
}

const LAUNCHER = fileURLToPath(new URL('../../bin/terrarium.cjs', import.meta.url))
const SERVER = fileURLToPath(import.meta.resolve('@terrarium/server/main.ts'))
const READY = /^Terrarium \S+ at (\S+) \(/
const FIRST_PASSWORD = /^First start: the administrator is "admin", password (\S+)$/

/** @throws Error with what the server said, when it does not start */
export async function startServer(options: {
  data: string
  port: string
  upstream: string
  dev: boolean
}): Promise<ServerProcess> {
  const child = spawn(
    process.execPath,
    [...(options.dev ? ['--watch', '--watch-preserve-output', SERVER] : [SERVER]), 'serve'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        TERRARIUM_DATA: options.data,
        TERRARIUM_PORT: options.port,
        TERRARIUM_LOG_LEVEL: process.env['TERRARIUM_LOG_LEVEL'] ?? 'warn',
        ...accessTo(options.upstream),
      },
      // Ctrl-C reaches this process alone, which then stops the server
      detached: true,
    },
  )
  const ended = new Promise<number>((resolve) => {
    child.once('exit', (code) => resolve(code ?? 1))
  })
  return {
    ...(await readGreeting(child, ended)),
    ended,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** The upstream of the demo is named by the operator, who may allow it. */
function accessTo(upstream: string): Record<string, string> {
  if (!/^https?:\/\//i.test(upstream)) return { TERRARIUM_MIRROR_FOLDERS: upstream }
  const url = new URL(upstream)
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return { TERRARIUM_OUTBOUND_PRIVATE: `${url.hostname}:${port}` }
}

/** What the server says until it is up; shown at once, for whatever goes wrong later. */
async function readGreeting(
  child: ChildProcess,
  ended: Promise<number>,
): Promise<Pick<ServerProcess, 'url' | 'firstPassword'>> {
  const { stdout } = child
  if (!stdout) throw new Error('the server has no standard output')
  const lines = createInterface({ input: stdout })
  return new Promise((resolve, reject) => {
    let firstPassword: string | undefined
    lines.on('line', (line) => {
      const url = READY.exec(line)?.[1]
      firstPassword ??= FIRST_PASSWORD.exec(line)?.[1]
      if (url === undefined) process.stdout.write(`${line}\n`)
      else resolve({ url, firstPassword })
    })
    void ended.then((code) => reject(new Error(`the server did not start (exit code ${code})`)))
  })
}

/** A token for the administrator, by the right of whoever has the data folder. */
export async function createToken(data: string): Promise<string> {
  const child = spawn(process.execPath, [LAUNCHER, 'create-token', 'admin', '--data', data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  for await (const chunk of child.stdout) output += String(chunk)
  const token = output.trim()
  if (!/^[A-Za-z0-9-]+$/.test(token)) throw new Error('no token could be made for the demo')
  return token
}
