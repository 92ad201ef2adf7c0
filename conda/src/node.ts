/** What this package offers in Node only. */
export { fileSource } from './archive/byte-source-node.ts'
