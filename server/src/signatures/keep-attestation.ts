/**
 * Attestations of files: checked against the file and the keys that are trusted when they come, and kept with the
 * keys that signed them. Those keys are asked for again at each decision.
 */
import { appendEvent } from '../audit/append-event.ts'
import type { Channel } from '../channels/channel.ts'
import { findFile } from '../channels/contents-store.ts'
import { enqueuePublish, markStale } from '../channels/stale-names.ts'
import { requireOwnContents } from '../channels/virtual-channel.ts'
import { requireUser } from '../identity/accounts.ts'
import { requireNamePermission, requirePermission } from '../identity/require-permission.ts'
import type { Db } from '../platform/database/db.ts'
import { AppError } from '../vocabulary/errors.ts'
import { bad, channelUrlsOf, readAttestation, signersOf } from './attestation.ts'
import type { SignatureContext } from './manage-keys.ts'
import * as store from './store.ts'
import type { TrustedKey } from './trusted-key.ts'

/** An attestation that a trusted key signed. */
export interface CheckedAttestation {
  readonly bundle: string
  readonly signers: readonly string[]
}

/** More says nothing more. */
const MAX_OF_FILE = 10

/** @throws AppError invalid-attestation */
export async function checkAttestation(
  db: Db,
  text: string,
  file: { channel: Channel; filename: string; sha256: string; publicUrl: string | undefined },
): Promise<CheckedAttestation> {
  const { channel, filename, sha256 } = file
  const channelUrls = channelUrlsOf(file.publicUrl, channel.name)
  const attestation = readAttestation(text, { filename, sha256, channelUrls })
  const keys = await store.findKeysOfChannel(db, channel.id)
  const signers = signersOf(attestation, keys.values())
  if (signers.length === 0) {
    throw bad(
      `its signature is by none of the ${keys.size} keys that are trusted in ${channel.name}, or it is wrong`,
    )
  }
  return { bundle: attestation.bundle, signers }
}

/**
 * Keeps it, and has the file decided again.
 * @returns false when it was there already
 */
export async function keepAttestation(
  tx: Db,
  { bundle, signers }: CheckedAttestation,
  of: {
    channel: Channel
    file: { subdir: string; filename: string; sha256: string; name: string }
    by: { id: string; name: string }
    at: Date
  },
): Promise<boolean> {
  const { channel, file, by, at } = of
  const known = await store.listAttestations(tx, channel.id, file)
  if (known.some((one) => one.bundle === bundle && one.sha256 === file.sha256)) return false
  if (known.length >= MAX_OF_FILE)
    throw new AppError(
      'conflict',
      `${file.filename} has ${known.length} attestations already; more are not kept`,
    )
  await store.insertAttestation(tx, { ...file, channelId: channel.id, bundle, signers, createdBy: by.id, at })
  const path = `${file.subdir}/${file.filename}`
  await markStale(tx, channel.id, [file.name], { kind: 'attestation', by: by.name, file: path })
  await enqueuePublish(tx, channel.id, at)
  await appendEvent(tx, {
    ...{ at, actorId: by.id, action: 'attestation.added', target: `${channel.name}/${path}` },
    details: { sha256: file.sha256, signers },
  })
  return true
}

/**
 * Adds one to a file that is there, such as one that a mirror brought.
 * @throws AppError invalid-attestation, not-found, permission-denied
 */
export async function attestFile(
  ctx: SignatureContext,
  channel: Channel,
  path: { subdir: string; filename: string },
  request: { text: string; publicUrl: string | undefined },
): Promise<void> {
  requirePermission(ctx.actor, 'artifact:create', channel)
  requireOwnContents(channel, 'attest a file of')
  const by = requireUser(ctx.actor)
  const file = await findFile(ctx.db, channel.id, path.subdir, path.filename)
  if (file?.state !== 'present')
    throw new AppError('not-found', `the channel ${channel.name} has no file ${path.subdir}/${path.filename}`)
  requireNamePermission(ctx.actor, 'artifact:create', channel, file.name)
  const { filename, sha256 } = file
  const { publicUrl, text } = request
  const checked = await checkAttestation(ctx.db, text, { channel, filename, sha256, publicUrl })
  await ctx.db
    .transaction()
    .execute((tx) => keepAttestation(tx, checked, { channel, file, by, at: ctx.now() }))
}

export interface ListedAttestation extends store.StoredAttestation {
  /** Those of its signers that are trusted at this moment. */
  readonly trusted: readonly TrustedKey[]
}

/** @throws AppError permission-denied */
export async function listFileAttestations(
  ctx: SignatureContext,
  channel: Channel,
  path: { subdir: string; filename: string },
): Promise<ListedAttestation[]> {
  requirePermission(ctx.actor, 'artifact:read', channel)
  const file = await findFile(ctx.db, channel.id, path.subdir, path.filename)
  if (!file)
    throw new AppError('not-found', `the channel ${channel.name} has no file ${path.subdir}/${path.filename}`)
  requireNamePermission(ctx.actor, 'artifact:read', channel, file.name)
  const keys = await store.findKeysOfChannel(ctx.db, channel.id)
  const all = await store.listAttestations(ctx.db, channel.id, path)
  return all.map((one) => ({ ...one, trusted: one.signers.flatMap((signer) => keys.get(signer) ?? []) }))
}
