/**
 * The head of the chain, signed: whoever keeps it can show later what the log held then, and that this server said so.
 * The text is that of a checkpoint (C2SP tlog-checkpoint.md): whose log, how many events, the hash; and the time. The
 * hash is that of the chain, not of a tree.
 */
import type { SecretBox } from '../platform/secret-box.ts'
import { openNoteSigner, type NoteSigner } from '../platform/signed-note.ts'

export interface HeadSigner {
  /** The name of the log, and of its key. */
  readonly origin: string
  readonly key: NoteSigner
}

/** The key comes from the key file, so that several servers on one database sign alike. */
export function openHeadSigner(box: SecretBox, publicUrl: string | undefined): HeadSigner {
  const origin = `${publicUrl === undefined ? 'terrarium' : new URL(publicUrl).host}/audit`
  return { origin, key: openNoteSigner(origin, box.deriveSeed('audit head')) }
}

export interface SignedHead {
  readonly seq: number
  readonly hash: string
  readonly note: string
}

export function signHead(
  { origin, key }: HeadSigner,
  head: { readonly seq: number; readonly hash: string },
  at: Date,
): SignedHead {
  const hash = Buffer.from(head.hash, 'hex').toString('base64')
  const text = `${origin}\n${head.seq}\n${hash}\ntime ${at.toISOString()}\n`
  return { seq: head.seq, hash: head.hash, note: key.sign(text) }
}
