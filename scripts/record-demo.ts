/**
 * Records `npm run demo` on a terminal of its own and draws what stands there in the end as
 * docs/images/demo.svg. Needs `script` of util-linux; run it by hand when the demo has changed.
 *
 *     node_modules/.bin/node scripts/record-demo.ts
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const COLUMNS = 118
const PORT = 8080
const LAUNCHER = fileURLToPath(new URL('../cli/bin/terrarium.cjs', import.meta.url))
const IMAGE = fileURLToPath(new URL('../docs/images/demo.svg', import.meta.url))
// of the drawing, in pixels
const LINE_HEIGHT = 19
const CHARACTER_WIDTH = 8.43
const MARGIN = 20
const BAR = 36

const LAST_LINE = /until you stop it/

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'terrarium-recording-')))
try {
  const screen = replay(await record(folder))
  const lines = ['$ npm run demo', ...screen].map((line) =>
    // the folder is this machine's, the password this recording's
    line.replaceAll(`${folder}/`, '').replace(/(password )\S{20}$/, '$1•••••••••••••••••••• (yours)'),
  )
  writeFileSync(IMAGE, draw(lines))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** What a terminal got to see, until the demo says that it goes on running. */
async function record(cwd: string): Promise<string> {
  const command = `stty cols ${COLUMNS}; exec ${process.execPath} ${LAUNCHER} demo --port ${PORT}`
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let output = ''
  let stopped = false
  for await (const chunk of child.stdout) {
    output += String(chunk)
    if (stopped || !LAST_LINE.test(output)) continue
    stopped = true
    child.stdin.write('\u0003') // Ctrl-C
  }
  if (!LAST_LINE.test(output)) throw new Error(`the demo did not get to its end:\n${output}`)
  return output.slice(0, output.indexOf('\n', output.search(LAST_LINE)))
}

/** The lines a terminal shows: a carriage return begins the line anew, `ESC [2K` empties it. */
function replay(output: string): string[] {
  return output
    .replace(/\r+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()
    .split('\n')
    .map((line) => (line.split('\r').at(-1) ?? '').replaceAll('\u001b[2K', '').trimEnd())
}

function draw(lines: readonly string[]): string {
  const width = Math.ceil(COLUMNS * CHARACTER_WIDTH + 2 * MARGIN)
  const height = lines.length * LINE_HEIGHT + BAR + 2 * MARGIN
  const texts = lines.flatMap((line, index) => {
    if (line === '') return []
    const y = BAR + MARGIN + (index + 0.7) * LINE_HEIGHT
    // a fixed length keeps columns straight in whatever font stands in
    const length = (line.length * CHARACTER_WIDTH).toFixed(1)
    return `<text x="${MARGIN}" y="${y.toFixed(1)}" textLength="${length}" fill="${colour(line)}">${escaped(line)}</text>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    '<title>A terminal with the demo: 42 files mirrored, 31 served, 11 blocked, each with the reason</title>',
    `<rect width="${width}" height="${height}" rx="10" fill="#14201a"/>`,
    ...['#e0655b', '#e2b34c', '#5fae69'].map(
      (fill, index) => `<circle cx="${24 + index * 20}" cy="20" r="6" fill="${fill}"/>`,
    ),
    '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="14">',
    ...texts,
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

function colour(line: string): string {
  if (/^[$»]/.test(line)) return '#9fd8ae'
  if (/no-high-cve:|no-gpl:/.test(line)) return '#f0b48a'
  if (/^main: |^Use it:|^Server: /.test(line)) return '#ffffff'
  return '#c9d6cd'
}

function escaped(text: string): string {
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return safe.replaceAll(' ', '\u00a0') // or runs of spaces collapse
}
