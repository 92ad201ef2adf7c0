/** Passwords that are typed or piped in, and never stand on a command line. */
import { createInterface } from 'node:readline/promises'

export async function readStandardInput(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin) text += String(chunk)
  return text.replace(/\r?\n$/, '')
}

/** It is not echoed: what readline would write while it is typed is swallowed. */
export async function askForSecret(question: string): Promise<string> {
  process.stderr.write(question)
  const terminal = createInterface({ input: process.stdin, terminal: process.stdin.isTTY })
  const answer = await terminal.question('')
  terminal.close()
  process.stderr.write('\n')
  return answer
}
