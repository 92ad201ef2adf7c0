/**
 * Brings in what others say: statements of authors who are trusted act at once, those of anybody else wait for a
 * curator. What lessens a grave vulnerability always waits: whoever sends a file can write any author into it. Nothing is lost without a word: what cannot be used is named with its place.
 */
import { appendEvent } from '../../audit/append-event.ts'
import { requireUser } from '../../identity/accounts.ts'
import { requirePermission } from '../../identity/require-permission.ts'
import type { Db } from '../../platform/database/db.ts'
import { AppError } from '../../vocabulary/errors.ts'
import { RecordError } from '../json-reading.ts'
import {
  isSameScope,
  needsSecondApprover,
  scopeText,
  type CurationContent,
  type CurationScope,
} from './curation.ts'
import { findHeldNames, findNameOfFile, findSame, resolveVulnerability } from './curation-store.ts'
import { readStatements, type ReadDocument, type ReadStatement } from './read-statements.ts'
import { propose, putInForce, type CurationContext } from './set-status.ts'

export const MAX_STATEMENTS = 20_000

export interface StatementImport {
  readonly text: string
  readonly filename: string
  /** Authors whose statements act at once. */
  readonly trusted: readonly string[]
}

export interface StatementImportResult {
  readonly format: ReadDocument['format']
  readonly author: string
  readonly isTrusted: boolean
  readonly inForce: number
  readonly proposed: number
  /** Said already in these words. */
  readonly unchanged: number
  /** What was left out, each with its place and why. */
  readonly skipped: readonly string[]
  /** Kept, and about packages that no channel has. */
  readonly notHere: readonly string[]
}

/** @throws AppError bad-request for a document that is none */
export async function importStatements(
  ctx: CurationContext,
  request: StatementImport,
): Promise<StatementImportResult> {
  requirePermission(ctx.actor, 'vulnerability:edit')
  const user = requireUser(ctx.actor)
  const document = readDocument(request)
  const isTrusted = request.trusted.includes(document.author)
  const at = ctx.now()
  const skipped = [...document.problems]
  const named = await nameScopes(ctx.db, document.statements, skipped)
  const held = await findHeldNames(
    ctx.db,
    named.map(({ scope }) => scope.condaName),
  )
  const notHere = named
    .filter(({ scope }) => !held.has(scope.condaName))
    .map(({ place, scope }) => `${place}: no channel has ${scopeText(scope)}; kept for when one does`)
  const counts = { inForce: 0, proposed: 0, unchanged: 0 }
  await ctx.db.transaction().execute(async (tx) => {
    for (const statement of named) {
      const content = await toContent(tx, ctx, statement, document, isTrusted, request.filename)
      if (content.expiresMs !== null && content.expiresMs <= at.getTime()) {
        skipped.push(`${statement.place}: it ended ${new Date(content.expiresMs).toISOString()}`)
      } else if (await isKnown(tx, content, statement.extras?.author)) counts.unchanged += 1
      else if (isTrusted && !content.needsSecond) {
        await putInForce(tx, content, { actorId: user.id, name: user.name, byPerson: false, at })
        counts.inForce += 1
      } else {
        await propose(tx, content, user.id, at)
        counts.proposed += 1
      }
    }
    await appendEvent(tx, {
      at,
      actorId: user.id,
      action: 'statements.imported',
      target: request.filename,
      details: {
        format: document.format,
        document: document.id,
        author: document.author,
        trusted: isTrusted,
        in_force: counts.inForce,
        proposed: counts.proposed,
        unchanged: counts.unchanged,
        skipped: skipped.length,
      },
    })
  })
  return { format: document.format, author: document.author, isTrusted, ...counts, skipped, notHere }
}

function readDocument({ text, filename }: StatementImport): ReadDocument {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    const start = text.trimStart().slice(0, 40)
    throw new AppError('bad-request', `${filename} is no JSON: it begins with ${JSON.stringify(start)}`, {
      cause,
    })
  }
  try {
    const document = readStatements(json)
    if (document.statements.length > MAX_STATEMENTS) {
      throw new RecordError(
        `it has ${document.statements.length} statements; send ${MAX_STATEMENTS} at most in one file`,
      )
    }
    return document
  } catch (cause) {
    if (!(cause instanceof RecordError)) throw cause
    throw new AppError('bad-request', `${filename}: ${cause.message}`, { cause })
  }
}

type NamedStatement = ReadStatement & { readonly scope: CurationScope }

async function nameScopes(
  db: Db,
  statements: readonly ReadStatement[],
  skipped: string[],
): Promise<NamedStatement[]> {
  const named: NamedStatement[] = []
  for (const statement of statements) {
    const { scope, place } = statement
    const condaName =
      scope.condaName ?? (scope.sha256 === null ? undefined : await findNameOfFile(db, scope.sha256))
    if (condaName === undefined) {
      skipped.push(`${place}: no channel has a file with the sha256 ${scope.sha256 ?? 'none'}`)
    } else if (
      scope.version === null &&
      (scope.build !== null || scope.buildFrom !== null || scope.buildTo !== null)
    ) {
      skipped.push(`${place}: the product ${condaName} names builds and no version`)
    } else named.push({ ...statement, scope: { ...scope, condaName } })
  }
  return named
}

async function toContent(
  tx: Db,
  ctx: CurationContext,
  statement: NamedStatement,
  document: ReadDocument,
  isTrusted: boolean,
  filename: string,
): Promise<CurationContent> {
  const { extras, status } = statement
  // not known yet: the advisory may come later
  const vulnerability = await resolveVulnerability(tx, statement.vulnerabilityId)
  return {
    vulnerabilityId: vulnerability?.id ?? statement.vulnerabilityId,
    scope: statement.scope,
    status,
    source: document.format === 'anaconda' ? 'feed' : 'vex',
    // or a stranger's document could speak in the name of one of ours
    author: isTrusted ? (extras?.author ?? document.author) : document.author,
    reason: statement.reason,
    justification: statement.justification,
    links: (extras?.links ?? []).filter((link) => /^https?:\/\//i.test(link)),
    origin: `${filename}: ${document.id}`,
    expiresMs: extras?.expiresMs ?? null,
    needsSecond:
      vulnerability !== undefined && needsSecondApprover(status, vulnerability, ctx.secondApproverScore),
  }
}

/** In force or waiting in these words already: bringing a document in twice changes nothing. */
async function isKnown(
  tx: Db,
  content: CurationContent,
  /** In a document of ours. */
  statedAuthor: string | undefined,
): Promise<boolean> {
  return (await findSame(tx, content)).some(
    (one) =>
      isSameScope(one.scope, content.scope) &&
      one.status === content.status &&
      one.reason === content.reason &&
      (one.author === content.author || one.author === statedAuthor) &&
      one.expiresMs === content.expiresMs,
  )
}
