/** Progress of a mirror run on a terminal: one line that moves, or a line now and then in a log. */
import type { Item } from '@terrarium/api/shapes.ts'
import { formatBytes, formatSeconds } from './output.ts'

export type MirrorProgress = NonNullable<Item<'GET /api/channels/{channel}/mirrors'>['progress']>

const BAR_WIDTH = 24
const LOG_EVERY_MS = 30_000

export function progressText(progress: MirrorProgress): string {
  const { files_done: done, files_total: total } = progress
  if (total === 0) return progress.step
  const share = total === 0 ? 1 : done / total
  const filled = Math.round(share * BAR_WIDTH)
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled)
  const parts = [
    `${bar} ${String(Math.floor(share * 100)).padStart(3)} %`,
    `${done}/${total} files`,
    `${formatBytes(progress.bytes_done)} of ${formatBytes(progress.bytes_total)}`,
  ]
  if (progress.bytes_per_second > 0) parts.push(`${formatBytes(progress.bytes_per_second)}/s`)
  if (progress.seconds_remaining !== null && done < total)
    parts.push(`${formatSeconds(progress.seconds_remaining)} left`)
  if (progress.rejected > 0) parts.push(`${progress.rejected} rejected`)
  return parts.join('  ')
}

export class ProgressLine {
  readonly #stream: NodeJS.WriteStream
  #last = ''
  #logged = ''
  #loggedAt = 0

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  show(progress: MirrorProgress): void {
    const text = progressText(progress)
    if (text === this.#last) return
    this.#last = text
    if (this.#stream.isTTY) this.#stream.write(`\r\u001b[2K${text}`)
    else if (Date.now() - this.#loggedAt >= LOG_EVERY_MS) {
      this.#loggedAt = Date.now()
      this.#log(text)
    }
  }

  end(): void {
    if (this.#last === '') return
    if (this.#stream.isTTY) this.#stream.write('\n')
    else if (this.#last !== this.#logged) this.#log(this.#last)
    this.#last = ''
  }

  #log(text: string): void {
    this.#logged = text
    this.#stream.write(`${text}\n`)
  }
}
