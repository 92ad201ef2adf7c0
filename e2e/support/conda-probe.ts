/**
 * What the browser test of the library runs, in the browser and in Node alike, to compare the two. Only the
 * public interface, as an application would import it.
 */
import {
  blobSource,
  bytesSource,
  compareVersions,
  decodeShard,
  inspectPackage,
  listMembers,
  MatchSpec,
  parsePurl,
  readLicence,
  readPackageFiles,
  readPackageInfo,
  scanRepodata,
  streamSource,
  tailBufferedSource,
  writePackage,
  type MatchableRecord,
} from '@terrarium/conda'

export interface ProbeInput {
  /** File names and contents, in base64. */
  readonly archives: readonly (readonly [filename: string, content: string])[]
  readonly shard: string
  readonly repodata: string
  readonly specs: readonly string[]
  readonly record: MatchableRecord
}

/** All that is read, as JSON. */
export async function probe(input: ProbeInput): Promise<string> {
  const archives: unknown[] = []
  for (const [filename, content] of input.archives) {
    const bytes = Uint8Array.fromBase64(content)
    const source = bytesSource(bytes)
    const blob = new Blob([bytes])
    const files = await readPackageFiles(blobSource(blob), { filename }, (path) => path.endsWith('.json'))
    archives.push({
      files: [...files].map(([path, file]) => [path, file.toBase64()]),
      streamed: await inspectPackage(await streamSource(blob.stream()), { filename }),
      inspection: await inspectPackage(source, { filename }),
      info: await readPackageInfo(tailBufferedSource(source), { filename }),
      members: await listMembers(source, { filename }),
    })
  }
  const broken = await inspectPackage(bytesSource(new Uint8Array(100)), { filename: 'a-1-0.conda' }).catch(
    String,
  )
  const shard = decodeShard(Uint8Array.fromBase64(input.shard))
  const scan = scanRepodata(Uint8Array.fromBase64(input.repodata))
  return JSON.stringify({
    archives,
    broken,
    shard: [...shard['packages.conda']],
    records: [...scan.records()].map(({ section, filename, parse }) => [section, filename, parse()]),
    specs: input.specs.map((text) => {
      const spec = MatchSpec.parse(text)
      return [spec.toString(), spec.matches(input.record)]
    }),
    versions: ['1.0.1a', '1.0.1', '1!0', '20230101123456', '1.0.dev1'].sort(compareVersions),
    licence: readLicence('GPL-2.0+ or MIT'),
    purl: parsePurl('pkg:conda/openssl@3.0?channel=main'),
  })
}

/** The name of the error that writing an archive ends in: a browser has no compression. */
export async function probeWriting(): Promise<string> {
  try {
    await writePackage({ name: 'a', version: '1' }, 'conda')
    return 'none'
  } catch (error) {
    return error instanceof Error ? error.name : String(error)
  }
}

Object.assign(globalThis, { condaProbe: { probe, probeWriting } })
