/**
 * What the orders share: keys are printable ASCII that sorts as the versions do, made from the parts
 * below, strung together. Every part delimits itself, so that two keys differ first in the part that
 * decides.
 */
import { numberKey } from '../version/number-key.ts'

declare const versionKey: unique symbol
/** A version under one order. Keys of different orders have nothing to do with each other. */
export type VersionKey = string & { readonly [versionKey]: true }

/** Longer texts are no versions under any order. */
export const MAX_ORDERED_LENGTH = 256

/** Sorts below every number and every mark of the orders: ends a list, so that a shorter one is lower. */
export const END = ' '

/** Below `END` only in words, which hold no character as low: `a` sorts below `ab`. */
const WORD_END = ' '

export function asKey(text: string): VersionKey {
  return text as VersionKey // the only place that makes one
}

/** @param digits leading zeros and all */
export function number(digits: string): string {
  return numberKey(digits.replace(/^0+(?=[0-9])/, ''))
}

/** A list that a longer one with the same start is above of. */
export function numbers(list: readonly string[]): string {
  return list.map(number).join('') + END
}

/** The same, where missing numbers count as zeros: `1.0` and `1` are equal. */
export function numbersFilled(list: readonly string[]): string {
  let length = list.length
  while (length > 0 && /^0*$/.test(list[length - 1] ?? '')) length--
  return numbers(list.slice(0, length))
}

/** @param text lower-case letters and digits */
export function word(text: string): string {
  return text + WORD_END
}
