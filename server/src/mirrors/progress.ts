/** How far a run is, with rate and remaining time, in the shape that people and the API see. */

export interface MirrorProgress {
  readonly step: string
  readonly files_done: number
  readonly files_total: number
  readonly bytes_done: number
  readonly bytes_total: number
  readonly bytes_per_second: number
  /** Null until there is a rate to tell it from. */
  readonly seconds_remaining: number | null
  readonly rejected: number
  readonly current_file: string | null
}

/** The rate is that of the last seconds, so that it follows the network and not the average of an hour. */
const WINDOW_MS = 5_000

export class ProgressMeter {
  #step = 'reading the upstream index'
  #filesDone = 0
  #filesTotal = 0
  #bytesDone = 0
  #bytesTotal = 0
  #rejected = 0
  #currentFile: string | null = null
  readonly #samples: { at: number; bytes: number }[] = []
  readonly #now: () => Date

  constructor(now: () => Date) {
    this.#now = now
  }

  startStep(step: string): void {
    this.#step = step
  }

  expect(files: number, bytes: number): void {
    this.#filesTotal += files
    this.#bytesTotal += bytes
  }

  addBytes(count: number): void {
    this.#bytesDone += count
  }

  endFile(filename: string, rejected: boolean): void {
    this.#filesDone += 1
    this.#currentFile = filename
    if (rejected) this.#rejected += 1
  }

  snapshot(): MirrorProgress {
    const rate = this.#rate()
    const left = Math.max(0, this.#bytesTotal - this.#bytesDone)
    return {
      step: this.#step,
      files_done: this.#filesDone,
      files_total: this.#filesTotal,
      bytes_done: this.#bytesDone,
      bytes_total: Math.max(this.#bytesTotal, this.#bytesDone),
      bytes_per_second: Math.round(rate),
      seconds_remaining: rate > 0 ? Math.ceil(left / rate) : null,
      rejected: this.#rejected,
      current_file: this.#currentFile,
    }
  }

  #rate(): number {
    const at = this.#now().getTime()
    this.#samples.push({ at, bytes: this.#bytesDone })
    while (this.#samples.length > 2 && at - this.#samples[0]!.at > WINDOW_MS) this.#samples.shift()
    const first = this.#samples[0]! // one was pushed above
    return at > first.at ? ((this.#bytesDone - first.bytes) * 1000) / (at - first.at) : 0
  }
}
