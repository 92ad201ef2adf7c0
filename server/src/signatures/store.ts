/** The SQL of trusted keys and of signatures of records. */
import type { DatabaseSchema } from '../db/schema.gen.ts'
import { inChunks, type Db } from '../platform/database/db.ts'
import { newId } from '../platform/ids.ts'
import type { RecordSignature, SignedRecord } from './record-signatures.ts'
import type { KeyKind, PublicKey, TrustedKey } from './trusted-key.ts'

type KeyRow = DatabaseSchema['trusted_keys'] & { channel_name: string | null }

function toKey(row: KeyRow): TrustedKey {
  return {
    id: row.id,
    label: row.label,
    kind: row.kind as KeyKind, // only insertKey writes it
    keyId: row.key_id,
    pem: row.public_key,
    channelId: row.channel_id ?? undefined,
    channelName: row.channel_name ?? undefined,
    createdAt: new Date(row.created_at),
  }
}

export async function insertKey(
  db: Db,
  key: PublicKey & { label: string; channelId: string | undefined; createdBy: string | undefined; at: Date },
): Promise<string> {
  const id = newId()
  await db
    .insertInto('trusted_keys')
    .values({
      id,
      label: key.label,
      kind: key.kind,
      key_id: key.keyId,
      public_key: key.pem,
      channel_id: key.channelId ?? null,
      created_by: key.createdBy ?? null,
      created_at: key.at.getTime(),
    })
    .execute()
  return id
}

export async function deleteKey(db: Db, id: string): Promise<void> {
  await db.deleteFrom('trusted_keys').where('id', '=', id).execute()
}

function selectKeys(db: Db) {
  return db
    .selectFrom('trusted_keys as k')
    .leftJoin('channels as c', 'c.id', 'k.channel_id')
    .selectAll('k')
    .select('c.name as channel_name')
}

export async function listKeys(
  db: Db,
  page: { offset: number; limit: number },
): Promise<{ total: number; items: TrustedKey[] }> {
  const { count } = await db
    .selectFrom('trusted_keys')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await selectKeys(db).orderBy('k.label').offset(page.offset).limit(page.limit).execute()
  return { total: Number(count), items: rows.map(toKey) }
}

/** By id or by label. */
export async function findKey(db: Db, idOrLabel: string): Promise<TrustedKey | undefined> {
  const row = await selectKeys(db)
    .where((eb) => eb.or([eb('k.id', '=', idOrLabel), eb('k.label', '=', idOrLabel)]))
    .executeTakeFirst()
  return row && toKey(row)
}

/** The keys whose word counts in a channel, its own and everybody's, by what signatures name them by. */
export async function findKeysOfChannel(db: Db, channelId: string): Promise<Map<string, TrustedKey>> {
  const rows = await selectKeys(db)
    .where((eb) => eb.or([eb('k.channel_id', 'is', null), eb('k.channel_id', '=', channelId)]))
    .orderBy('k.label')
    .execute()
  return new Map(rows.map((row) => [row.key_id, toKey(row)]))
}

/** Stamps of what an index said of the files of a subdir, by filename. */
export async function listStamps(db: Db, channelId: string, subdir: string): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('record_signatures')
    .select(['filename', 'stamp'])
    .where('channel_id', '=', channelId)
    .where('subdir', '=', subdir)
    .execute()
  return new Map(rows.map(({ filename, stamp }) => [filename, stamp]))
}

export interface FileSignatures {
  readonly subdir: string
  readonly filename: string
  /** Undefined: it has none. */
  readonly signed: SignedRecord | undefined
}

/** Replaces what is known of the signatures of files. */
export async function putRecordSignatures(
  db: Db,
  channelId: string,
  files: readonly FileSignatures[],
): Promise<void> {
  for (const [subdir, own] of Map.groupBy(files, (file) => file.subdir)) {
    for (const chunk of inChunks(own.map(({ filename }) => filename))) {
      await db
        .deleteFrom('record_signatures')
        .where('channel_id', '=', channelId)
        .where('subdir', '=', subdir)
        .where('filename', 'in', chunk)
        .execute()
    }
  }
  const rows = files.flatMap(({ subdir, filename, signed }) =>
    signed
      ? [
          {
            channel_id: channelId,
            subdir,
            filename,
            stamp: signed.stamp,
            signatures: JSON.stringify(signed.signatures),
          },
        ]
      : [],
  )
  for (const chunk of inChunks(rows, 200)) await db.insertInto('record_signatures').values(chunk).execute()
}

/** Signatures by `subdir/filename`; files without any are left out. */
export async function findRecordSignatures(
  db: Db,
  channelId: string,
  filenames: readonly string[],
): Promise<Map<string, readonly RecordSignature[]>> {
  const found = new Map<string, readonly RecordSignature[]>()
  for (const chunk of inChunks([...new Set(filenames)])) {
    const rows = await db
      .selectFrom('record_signatures')
      .select(['subdir', 'filename', 'signatures'])
      .where('channel_id', '=', channelId)
      .where('filename', 'in', chunk)
      .execute()
    for (const row of rows) {
      // only putRecordSignatures writes it
      found.set(`${row.subdir}/${row.filename}`, JSON.parse(row.signatures) as RecordSignature[])
    }
  }
  return found
}

export interface StoredAttestation {
  readonly id: string
  readonly sha256: string
  readonly bundle: string
  /** Ids of the keys that signed it. */
  readonly signers: readonly string[]
  readonly createdAt: Date
}

function toAttestation(row: DatabaseSchema['attestations']): StoredAttestation {
  return {
    id: row.id,
    sha256: row.sha256,
    bundle: row.bundle,
    signers: JSON.parse(row.signers) as string[], // only insertAttestation writes it
    createdAt: new Date(row.created_at),
  }
}

export async function insertAttestation(
  db: Db,
  attestation: {
    channelId: string
    subdir: string
    filename: string
    sha256: string
    bundle: string
    signers: readonly string[]
    createdBy: string
    at: Date
  },
): Promise<void> {
  await db
    .insertInto('attestations')
    .values({
      id: newId(),
      channel_id: attestation.channelId,
      subdir: attestation.subdir,
      filename: attestation.filename,
      sha256: attestation.sha256,
      bundle: attestation.bundle,
      signers: JSON.stringify(attestation.signers),
      created_by: attestation.createdBy,
      created_at: attestation.at.getTime(),
    })
    .execute()
}

/** Of one file, oldest first; few by the limit of `keepAttestation`. */
export async function listAttestations(
  db: Db,
  channelId: string,
  file: { subdir: string; filename: string },
): Promise<StoredAttestation[]> {
  const rows = await db
    .selectFrom('attestations')
    .selectAll()
    .where('channel_id', '=', channelId)
    .where('subdir', '=', file.subdir)
    .where('filename', '=', file.filename)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.map(toAttestation)
}

/** Ids of the keys that signed attestations, by `subdir/filename sha256`; files without any are left out. */
export async function findSigners(
  db: Db,
  channelId: string,
  filenames: readonly string[],
): Promise<Map<string, readonly string[]>> {
  const found = new Map<string, string[]>()
  for (const chunk of inChunks([...new Set(filenames)])) {
    const rows = await db
      .selectFrom('attestations')
      .select(['subdir', 'filename', 'sha256', 'signers'])
      .where('channel_id', '=', channelId)
      .where('filename', 'in', chunk)
      .orderBy('created_at')
      .orderBy('id')
      .execute()
    for (const row of rows) {
      const key = attestedKey(row)
      const signers = JSON.parse(row.signers) as string[] // only insertAttestation writes it
      found.set(key, [...(found.get(key) ?? []), ...signers])
    }
  }
  return found
}

export function attestedKey(file: { subdir: string; filename: string; sha256: string }): string {
  return `${file.subdir}/${file.filename} ${file.sha256}`
}

/** Names with files whose record or attestation bears a signature by a key, right or wrong, by channel. */
export async function listNamesSignedBy(
  db: Db,
  keyId: string,
  channelId: string | undefined,
): Promise<Map<string, string[]>> {
  const text = `%"${keyId}"%` // hex digits: nothing in them means anything to LIKE
  const ofRecords = db
    .selectFrom('record_signatures')
    .select(['channel_id', 'subdir', 'filename'])
    .where('signatures', 'like', text)
  const ofAttestations = db
    .selectFrom('attestations')
    .select(['channel_id', 'subdir', 'filename'])
    .where('signers', 'like', text)
  const rows = await db
    .selectFrom(ofRecords.union(ofAttestations).as('s'))
    .innerJoin('channel_files as f', (join) =>
      join
        .onRef('f.channel_id', '=', 's.channel_id')
        .onRef('f.subdir', '=', 's.subdir')
        .onRef('f.filename', '=', 's.filename'),
    )
    .select(['f.channel_id', 'f.name'])
    .distinct()
    .where('f.state', '=', 'present')
    .$if(channelId !== undefined, (query) => query.where('f.channel_id', '=', channelId ?? ''))
    .execute()
  return new Map(
    [...Map.groupBy(rows, (row) => row.channel_id)].map(([id, own]) => [id, own.map(({ name }) => name)]),
  )
}
