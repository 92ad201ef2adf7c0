/**
 * Sort keys: a text made once per version, such that comparing two keys as plain strings gives conda's
 * order of the versions, and equal versions (`1.1`, `1.1.0`) have equal keys.
 *
 * A key is printable ASCII, so JavaScript, SQLite (BINARY) and PostgreSQL (COLLATE "C") sort it alike.
 * Keys may be stored; changing the format then needs a migration.
 *
 * conda compares two versions as if both went on for ever: a missing component is 0, a missing item in a
 * component is 0. So only what is *not* zero matters, and where it stands. A key lists those entries in
 * order, each as (distance from the entry before, value). At the first difference between two keys
 *
 * - the same distance: the values decide;
 * - different distances: the nearer entry faces a zero. If it is a number it wins, the nearer the
 *   larger; if it is a word it loses (words are below numbers), the nearer the smaller;
 * - the end of a list faces a zero too, so it sorts between the words and the numbers.
 */
import { numberKey } from './number-key.ts'

/** Words come first, nearest lowest: 24 distances with a character each, then one for the far ones. */
const WORD_NEAREST = 0x21
const WORD_FAR = '9'
/** Ends of the main list, by what follows in the local one: a word, nothing but zeros, a number. */
const END_BEFORE_WORD = ':'
const END = ';'
const END_BEFORE_NUMBER = '<'
/** Numbers come last, nearest highest. */
const NUMBER_FAR = 'f'
const NUMBER_NEAREST = 0x7e
const NEAR_DISTANCES = 24
const FAR_BASE = 90
const FAR_DIGITS = 3

/** Above every number key: see number-key.ts. */
const INFINITY_KEY = '~'
/** Ends a word; below every character a word can have, so that `a` sorts below `ab`. */
const WORD_END = ' '

const NEAR_WORDS = Array.from({ length: NEAR_DISTANCES }, (_, i) => String.fromCharCode(WORD_NEAREST + i))
const NEAR_NUMBERS = Array.from({ length: NEAR_DISTANCES }, (_, i) => String.fromCharCode(NUMBER_NEAREST - i))

type Components = readonly (readonly string[])[]

export function sortKey(segments: Components, local: Components): string {
  const main = entries(segments)
  if (local.length === 0) return main + END
  const rest = entries(local)
  if (rest === '') return main + END
  return rest.charCodeAt(0) < END.charCodeAt(0)
    ? main + END_BEFORE_WORD + rest + END
    : main + END_BEFORE_NUMBER + rest + END
}

function entries(components: Components): string {
  let key = ''
  let advanced = 0
  for (const items of components) {
    let skipped = 0
    for (const item of items) {
      if (item === '0') {
        skipped++
        continue
      }
      const code = item.charCodeAt(0)
      // Two zeros never stand side by side in a component (digit runs would have been one), so that
      // `skipped` is 0 or 1 and this counts positions in reading order.
      const distance = 2 * advanced + skipped
      if (code >= 0x30 && code <= 0x39) key += numberAt(distance) + numberKey(item)
      else if (item === 'POST') key += numberAt(distance) + INFINITY_KEY
      else key += wordAt(distance) + item + WORD_END
      advanced = 0
      skipped = 0
    }
    advanced++
  }
  return key
}

function numberAt(distance: number): string {
  return NEAR_NUMBERS[distance] ?? NUMBER_FAR + fixedDigits(FAR_BASE ** FAR_DIGITS - 1 - distance)
}

function wordAt(distance: number): string {
  return NEAR_WORDS[distance] ?? WORD_FAR + fixedDigits(distance)
}

/** A whole number below 90³ as three characters whose order is the number's. */
function fixedDigits(value: number): string {
  let digits = ''
  for (let i = 0; i < FAR_DIGITS; i++) {
    digits = String.fromCharCode(0x21 + (value % FAR_BASE)) + digits
    value = Math.floor(value / FAR_BASE)
  }
  return digits
}
