/** What people have decided, for a measured run: an OpenVEX document whose products are conda package URLs. */
import { parsePurl, type CondaPurl } from '@terrarium/conda/purl.ts'
import { AppError } from '../../vocabulary/errors.ts'
import { RecordError } from '../json-reading.ts'
import { parseVex } from '../parse-vex.ts'
import { curatedStatusOf } from '../vex.ts'
import type { TruthRow } from './truth-file.ts'

export interface Ruling {
  readonly vulnerabilityIds: readonly string[]
  readonly product: CondaPurl
  /** True where the file does not have the flaw: cleared or mitigated. */
  readonly isSafe: boolean
}

/** @throws AppError bad-request naming the statement and field */
export function parseCurationFile(text: string, name: string): readonly Ruling[] {
  try {
    const { statements, problems } = parseVex(JSON.parse(text))
    if (problems.length > 0) throw new AppError('bad-request', `${name}: ${problems.join('; ')}`)
    return statements.flatMap((statement) => {
      const status = curatedStatusOf(statement.status)
      if (status === 'reported') return []
      const vulnerabilityIds = [statement.vulnerabilityId, ...statement.aliases]
      return statement.products
        .flatMap(({ purls }) => purls)
        .map((purl) => ({ vulnerabilityIds, product: parsePurl(purl), isSafe: status !== 'active' }))
    })
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    if (!(cause instanceof RecordError || cause instanceof SyntaxError)) throw cause
    throw new AppError('bad-request', `${name}: ${cause.message}`, { cause })
  }
}

/** The last ruling about a row counts. A product without version, channel or subdir is about all. */
export function rulingOn(row: TruthRow, rulings: readonly Ruling[]): Ruling | undefined {
  return rulings.findLast(
    ({ product, vulnerabilityIds }) =>
      vulnerabilityIds.includes(row.cve) &&
      product.name === row.package &&
      (product.version ?? row.version) === row.version &&
      (product.channel ?? row.channel) === row.channel &&
      (product.subdir ?? row.subdir) === row.subdir &&
      isOfBuild(product, row),
  )
}

/** The qualifier `build_number` is ours: a package URL has only the build string. */
function isOfBuild({ qualifiers }: CondaPurl, row: TruthRow): boolean {
  const number = qualifiers?.get('build_number')
  return number === undefined || Number(number) === row.build_number
}
