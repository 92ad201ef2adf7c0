/** Reads an index once, in a process of its own, and prints the most memory that the process held. */
import { readFileSync } from 'node:fs'
import { scanRepodata } from '@terrarium/conda'

const [how, path = ''] = process.argv.slice(2)

let kept: unknown
if (how === 'scan') kept = scanRepodata(readFileSync(path))
if (how === 'parse') kept = JSON.parse(readFileSync(path, 'utf8'))
console.log(JSON.stringify({ peakBytes: peakKilobytes() * 1024, kept: kept !== undefined }))

/** Linux counts a process's own peak from its start; maxRSS begins with that of the process that started it. */
function peakKilobytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return Number(kilobytes)
}
