/** Which VEX format a document is in, by its shape. */
import { isObject, RecordError } from './json-reading.ts'
import { parseCsafVex } from './parse-csaf-vex.ts'
import { parseCycloneDxVex } from './parse-cyclonedx-vex.ts'
import { parseOpenVex } from './parse-openvex.ts'
import type { VexDocument } from './vex.ts'

/** @throws RecordError for a document of no known format, or without what its format demands */
export function parseVex(document: unknown): VexDocument {
  if (!isObject(document)) throw new RecordError('the VEX document is no JSON object')
  const context = document['@context']
  if (typeof context === 'string' && context.startsWith('https://openvex.dev/ns'))
    return parseOpenVex(document)
  if (document.bomFormat === 'CycloneDX') return parseCycloneDxVex(document)
  if (isObject(document.document) && 'category' in document.document) return parseCsafVex(document)
  throw new RecordError(
    `neither OpenVEX, CSAF nor CycloneDX: the document has the fields ${Object.keys(document).slice(0, 6).join(', ')}`,
  )
}
