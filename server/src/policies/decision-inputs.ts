/**
 * What a decision was made from, kept so that it can be made again: the facts of the file, and the policies whose
 * word was asked, each with its text, its exceptions and whether it was on trial. Pure: `decision-changes.ts`
 * stores it.
 *
 * Kept as pieces of JSON that are named by their sha256. The policies of a channel are one piece, the same for all
 * files that are decided under them. The facts of the files that were decided together are another: packed
 * together they take a tenth of what they take alone.
 */
import { createHash } from 'node:crypto'
import { zstdCompress, zstdDecompress } from '@terrarium/conda/codec/zstd-node.ts'
import { combineDecisions } from './combine-decisions.ts'
import { decide } from './decide.ts'
import type { Decision } from './decision.ts'
import type { ArtifactFacts } from './facts.ts'
import { toPolicy, type PolicyInForce } from './load-policies.ts'

/** The policies of one channel, asked about a file as that channel has it. */
export interface Asked {
  readonly channel: string
  readonly policies: readonly PolicyInForce[]
}

export interface DecisionInputs {
  readonly facts: ArtifactFacts
  /** Of a virtual channel its member first, then itself; empty when the owner of the name has no such file. */
  readonly asked: readonly Asked[]
}

/** The decision that these inputs give: by the code of today, as of the instant given. */
export function decideAgain({ facts, asked }: DecisionInputs, at: Date): Decision {
  if (asked.length === 0) return notOwned(facts.channel)
  return asked
    .map(({ channel, policies }) => decide({ ...facts, channel }, policies.map(toPolicy), at))
    .reduce(combineDecisions)
}

/** What a virtual channel says of a file that the member does not have which its name comes from. */
export function notOwned(channel: string): Decision {
  return {
    effect: 'deny',
    reasons: [
      {
        policy: channel,
        rule: 'owner',
        effect: 'deny',
        text: 'the package comes from one member of the virtual channel, which does not have this file',
        evidence: [],
        note: 'The package comes from one member of this virtual channel, which does not have this file',
      },
    ],
    exceptionsUsed: [],
  }
}

/** A piece as it is stored. */
export interface Piece {
  readonly sha256: string
  /** Its JSON, compressed, in base64. */
  readonly body: string
}

export interface PackedInputs {
  /** Digest of the piece that names the others. */
  readonly facts: string
  readonly pieces: readonly Piece[]
}

/** The facts of files that were decided together, by `subdir/filename`. */
interface FactsPiece {
  /** Digests of the policies that were asked. */
  readonly sets: readonly string[]
  readonly files: Readonly<Record<string, StoredFile>>
}

interface StoredFile {
  readonly facts: ArtifactFacts
  /** The channel that asked, and which of `sets`. */
  readonly asked: readonly (readonly [channel: string, set: number])[]
}

/**
 * @param inputs of files of one channel; those decided under the same policies share the array that holds them
 * @returns undefined for no files
 */
export function packInputs(inputs: readonly DecisionInputs[]): PackedInputs | undefined {
  if (inputs.length === 0) return undefined
  const sets = new Map<readonly PolicyInForce[], { readonly index: number; readonly piece: Piece }>()
  const indexOf = (policies: readonly PolicyInForce[]): number => {
    const known = sets.get(policies)
    if (known) return known.index
    const index = sets.size
    sets.set(policies, { index, piece: pack(policies) })
    return index
  }
  const files = inputs.map(({ facts, asked }): [string, StoredFile] => [
    `${facts.subdir}/${facts.filename}`,
    { facts, asked: asked.map(({ channel, policies }) => [channel, indexOf(policies)]) },
  ])
  const policies = [...sets.values()].map(({ piece }) => piece)
  const piece = pack({
    sets: policies.map(({ sha256 }) => sha256),
    files: Object.fromEntries(files),
  } satisfies FactsPiece)
  return { facts: piece.sha256, pieces: [...policies, piece] }
}

/**
 * @param load the piece of a digest
 * @throws CorruptPieceError when a piece is not what was stored, or is not there
 */
export async function unpackInputs(
  facts: string,
  file: { readonly subdir: string; readonly filename: string },
  load: (sha256: string) => Promise<string | undefined>,
): Promise<DecisionInputs> {
  const loadPiece = async (sha256: string): Promise<unknown> => unpack(sha256, await load(sha256))
  const { sets, files } = (await loadPiece(facts)) as FactsPiece // its digest says that packInputs made it
  const stored = files[`${file.subdir}/${file.filename}`]
  if (!stored) throw new CorruptPieceError(facts, `says nothing of ${file.subdir}/${file.filename}`)
  const asked: Asked[] = []
  for (const [channel, set] of stored.asked) {
    const policies = (await loadPiece(sets[set] ?? '')) as PolicyInForce[] // likewise
    asked.push({ channel, policies })
  }
  return { facts: stored.facts, asked }
}

/** A piece that is gone or was changed where it is stored. */
export class CorruptPieceError extends Error {
  constructor(sha256: string, problem: string, cause?: unknown) {
    super(`what the decision was made from (${sha256}) ${problem}`, { cause })
    this.name = 'CorruptPieceError'
  }
}

/** Far more than a run of names has. */
const MAX_PIECE_BYTES = 256 * 1024 * 1024

function pack(value: unknown): Piece {
  const json = Buffer.from(JSON.stringify(value))
  return { sha256: digestOf(json), body: Buffer.from(zstdCompress(json)).toString('base64') }
}

function unpack(sha256: string, body: string | undefined): unknown {
  if (body === undefined) throw new CorruptPieceError(sha256, 'is not there')
  let json: Uint8Array
  try {
    json = zstdDecompress(Buffer.from(body, 'base64'), MAX_PIECE_BYTES)
  } catch (error) {
    throw new CorruptPieceError(sha256, 'cannot be read', error)
  }
  if (digestOf(json) !== sha256) throw new CorruptPieceError(sha256, 'was changed')
  return JSON.parse(Buffer.from(json).toString()) as unknown
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
