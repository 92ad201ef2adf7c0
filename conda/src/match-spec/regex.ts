/**
 * Regular expressions written by anybody, run in linear time.
 *
 * The engine has neither look-around nor back-references; conda's (Python's) has both, CEP 29 discourages
 * them, and a pattern using them is refused here rather than risked.
 */
import { RE2JS } from 're2js'

/** Longer patterns are refused: compiling costs time and memory in proportion to the pattern. */
export const MAX_REGEX_LENGTH = 512
/** Longer texts do not match: no name, version or build is that long. */
const MAX_TEXT_LENGTH = 4096
/** `x{1000}` compiles to a thousand steps, and repetitions inside one another multiply. */
const MAX_REPETITIONS = 1000

export class InvalidRegexError extends Error {
  override readonly name = 'InvalidRegexError'
}

const MEMORY = 256
const compiled = new Map<string, RE2JS>()

/**
 * A test for texts that match from their first character on. As with Python's `re.match` only the start
 * is tied down; whoever wants the whole text ends the pattern in `$`, which conda's `^…$` form does.
 *
 * @throws InvalidRegexError when it is too long, repeats too much, or the engine does not know it
 */
export function regexTest(pattern: string): (text: string) => boolean {
  const regex = compile(pattern)
  return (text) => text.length <= MAX_TEXT_LENGTH && regex.test(text)
}

function compile(pattern: string): RE2JS {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  if (pattern.length > MAX_REGEX_LENGTH) {
    throw new InvalidRegexError(`regular expression longer than ${MAX_REGEX_LENGTH} characters`)
  }
  checkRepetitions(pattern)
  // The engine lets this pass; conda's does not, and so it is surely a glob with the wrong marks around it.
  if (/^\^[*+?]/.test(pattern)) throw new InvalidRegexError(`nothing to repeat: ${pattern}`)
  let regex: RE2JS
  try {
    // Alone first, or `a)|(b` would be let in and the anchor would hold only a part of it.
    RE2JS.compile(pattern)
    regex = RE2JS.compile(`\\A(?:${pattern})`)
  } catch (cause) {
    throw new InvalidRegexError(`not a regular expression: ${pattern}`, { cause })
  }
  if (compiled.size >= MEMORY) compiled.clear()
  compiled.set(pattern, regex)
  return regex
}

/** Refuses more than MAX_REPETITIONS copies in all; it reads counts inside a class too, which is harmless. */
function checkRepetitions(pattern: string): void {
  let copies = 1
  for (const [, least, most] of pattern.matchAll(/\{([0-9]+)(?:,([0-9]*))?\}/g)) {
    copies *= Math.max(1, Number(least), Number(most || 0))
    if (copies > MAX_REPETITIONS) {
      throw new InvalidRegexError(`regular expression with more than ${MAX_REPETITIONS} repetitions`)
    }
  }
}
