import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { explanationQuery } from '../api/queries.ts'
import type { Explanation, PackageFile } from '../api/types.ts'
import { paths } from '../paths.ts'
import { Facts } from '../ui/Facts.tsx'
import { formatBytes } from '../ui/format.ts'
import { Link } from '../ui/Link.tsx'
import { Card, Section } from '../ui/Section.tsx'
import { Time } from '../ui/Time.tsx'
import { DamagedTag } from './Damage.tsx'
import { DecisionHistory } from './DecisionHistory.tsx'
import { QueryView } from './QueryView.tsx'
import { Reasons, VerdictTag, wordings } from './Verdict.tsx'

const proofs = {
  sha256: 'the sha256 of the upstream',
  md5: 'only the md5 of the upstream',
  upload: 'its upload',
  announced: 'nothing yet: the bytes come from the upstream when somebody asks for them',
} satisfies Record<PackageFile['metadata']['verified_by'], string>

/** One file: what it is, what the policies say of it as of now, and what is allowed instead. */
export function FileDetails({
  file,
  isPublic,
}: {
  readonly file: PackageFile
  readonly isPublic: boolean
}): ReactNode {
  const { metadata } = file
  const explanation = useQuery(explanationQuery(file.channel, metadata.subdir, metadata.filename))
  const isServed = file.effect !== 'deny' && file.effect !== 'hold'
  return (
    <Section
      title={metadata.filename}
      actions={
        <Link {...paths.package(file.channel, file.name)} resetScroll={false} size="sm">
          Close
        </Link>
      }
    >
      <Card>
        <div>
          <VerdictTag effect={file.effect} /> {file.damage && <DamagedTag />}{' '}
          <Text span size="sm" c="dimmed">
            {wordings[file.effect].meaning}
          </Text>
        </div>
        <QueryView query={explanation} skeletonRows={1}>
          {({ message }) => <p>{message}</p>}
        </QueryView>
        <Reasons reasons={file.reasons} />
        {(!isServed || file.effect === 'hide') && (
          <Text size="sm">
            <Link {...paths.newException(file.channel, file.ckey)}>Ask for an exception</Link>, if you need
            exactly this file; somebody else decides it.
          </Text>
        )}
        <Facts
          items={[
            ['Version', metadata.version],
            ['Build', `${metadata.build} (number ${metadata.build_number})`],
            ['Subdir', metadata.subdir],
            ['Size', formatBytes(file.size)],
            ['Licence', metadata.license ?? 'not stated'],
            ['Here since', <Time iso={file.created_at} />],
            ['Proved by', proofs[metadata.verified_by]],
            ['SHA-256', <code>{metadata.sha256}</code>],
            ...vouchersOf(explanation.data),
          ]}
        />
        <DecisionHistory
          channel={file.channel}
          subdir={metadata.subdir}
          filename={metadata.filename}
          key={file.ckey}
        />
        {/* a link cannot carry a token, so it would lead to a refusal for other channels */}
        {isPublic && isServed && !file.damage && (
          <Text size="sm">
            <a href={file.url}>Download</a>
          </Text>
        )}
      </Card>
    </Section>
  )
}

/** Who vouches for it, or why nobody does: known when the explanation is. */
function vouchersOf(explanation: Explanation | undefined): (readonly [string, string])[] {
  if (!explanation) return []
  const { signed, signedWhy, attested, attestedWhy } = explanation.facts
  const words = (holds: boolean, why = ''): string => `${holds ? 'yes' : 'no'}${why && `: ${why}`}`
  return [
    ['Signed', words(signed, signedWhy)],
    ['Attested', words(attested, attestedWhy)],
  ]
}
