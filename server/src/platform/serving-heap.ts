/** How the memory of a process grows that has loaded its modules and serves from here on. */
import { setFlagsFromString } from 'node:v8'

/**
 * Garbage is collected when it is a third of what is used, in every thread: after a publish of a whole channel
 * nothing more happens that would bring the next collection about. And what is young gets room again, which
 * cli/bin/load-in-small-heap.cjs kept small for what is loaded once.
 */
export function growHeapForServing(): void {
  setFlagsFromString('--semi-space-growth-factor=2')
  setFlagsFromString('--heap-growing-percent=30')
}
