/**
 * Reads the form of an upload: text fields and one file, in any order. The file is handed on while it comes;
 * fields that stand behind it are there once it has been read.
 */
import type { Multipart, MultipartFile } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { errorText } from '../platform/text.ts'
import { AppError } from '../vocabulary/errors.ts'

export type FormFields = Readonly<Partial<Record<string, string>>>

export interface UploadForm {
  readonly filename: string
  readonly chunks: AsyncIterable<Uint8Array>
  /** Those before the file. */
  readonly fieldsSoFar: FormFields
  /** All of them; to be asked for when the chunks are read. */
  readRest(): Promise<FormFields>
}

/** @throws AppError unsupported-media-type, bad-request, too-large */
export async function readUploadForm(request: FastifyRequest): Promise<UploadForm> {
  if (!request.isMultipart()) {
    throw new AppError('unsupported-media-type', 'an upload is multipart/form-data with a file named content')
  }
  const fields = new Map<string, string>()
  const parts = request.parts()
  const file = await nextFile(parts, fields)
  if (!file) throw new AppError('bad-request', 'the form has no file; its field is named content')
  return {
    filename: file.filename,
    chunks: chunksOf(file),
    fieldsSoFar: Object.fromEntries(fields),
    async readRest() {
      await nextFile(parts, fields) // a second file is beyond the limit of one
      return Object.fromEntries(fields)
    },
  }
}

/** Takes up fields until a file comes or the form ends. */
async function nextFile(
  parts: AsyncIterableIterator<Multipart>,
  fields: Map<string, string>,
): Promise<MultipartFile | undefined> {
  for (;;) {
    const next = await parts.next().catch((error: unknown) => {
      throw brokenForm(error)
    })
    if (next.done) return undefined
    const part: Multipart = next.value
    if (part.type === 'file') return part
    if (typeof part.value === 'string' && part.value !== '') fields.set(part.fieldname, part.value)
  }
}

async function* chunksOf({ file }: MultipartFile): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of file) yield chunk as Uint8Array // a byte stream without an encoding
  } catch (error) {
    throw brokenForm(error)
  }
}

/** The parser's own refusals have a status; what has none is a form that breaks off or was never one. */
function brokenForm(error: unknown): unknown {
  if (error instanceof Error && 'statusCode' in error) return error
  return new AppError('bad-request', `the form cannot be read: ${errorText(error)}`, { cause: error })
}
