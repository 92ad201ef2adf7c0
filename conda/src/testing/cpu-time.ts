/**
 * For tests that something does not hang: the processor time of this thread, in milliseconds. Unlike the clock it
 * stands still while other programs have the processor.
 */
export function cpuTimeMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
