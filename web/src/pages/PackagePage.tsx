/** A package: its files, newest version first, with what the policies say of each. */
import { Tabs, Text } from '@mantine/core'
import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { packageCvesQuery } from '../api/cve-queries.ts'
import { channelQuery, packageFilesQuery } from '../api/queries.ts'
import { startReading } from '../api/start-reading.ts'
import { cveStatuses, type CveMatch, type PackageFile } from '../api/types.ts'
import { StatusTag } from '../components/CveTags.tsx'
import { SeverityTag } from '../components/SeverityTag.tsx'
import { DamagedTag } from '../components/Damage.tsx'
import { FileDetails } from '../components/FileDetails.tsx'
import { Pager } from '../components/Pager.tsx'
import { newestFirst, newestOffered } from '../components/file-order.ts'
import { QueryView } from '../components/QueryView.tsx'
import { clients, installCommand } from '../components/set-up-steps.ts'
import { countVerdicts, Reasons, VerdictTag } from '../components/Verdict.tsx'
import { channelUrl, paths } from '../paths.ts'
import { CopyBlock } from '../ui/CopyBlock.tsx'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { countOf, formatBytes } from '../ui/format.ts'
import { Link } from '../ui/Link.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { Card, Section } from '../ui/Section.tsx'
import { StackedBar } from '../ui/StackedBar.tsx'
import classes from './PackagePage.module.css'

const LIMIT = 100

export interface PackageSearch {
  page?: number
  /** Path in the channel of the file that is opened. */
  file?: string
}

export function crumb(params: Readonly<Record<string, string>>): string {
  return params['name'] ?? 'Package'
}

export function load(queryClient: QueryClient, channel: string, name: string): void {
  startReading(queryClient, packageFilesQuery(channel, name))
}

const route = getRouteApi('/channels/$channel/packages/$name')

export function PackagePage(): ReactNode {
  const { channel, name } = route.useParams()
  const search = route.useSearch()
  const files = useQuery(packageFilesQuery(channel, name))
  const privacy = useQuery(channelQuery(channel)).data?.privacy
  return (
    <QueryView query={files}>
      {(page) => {
        const sorted = newestFirst(page.items)
        const opened = sorted.find(({ ckey }) => ckey === search.file)
        const first = ((search.page ?? 1) - 1) * LIMIT
        const shown = sorted.slice(first, first + LIMIT)
        return (
          <>
            <PageHead title={name} description={describe(page.total_count, sorted)} />
            <Card>
              <StackedBar parts={countVerdicts(sorted)} withLegend />
              <Install channel={channel} name={name} files={sorted} />
            </Card>
            <KnownCves channel={channel} name={name} />
            {opened && <FileDetails file={opened} isPublic={privacy === 'public'} />}
            <DataTable
              caption={`Files of ${name}`}
              columns={columns}
              rows={shown}
              rowKey={({ ckey }) => ckey}
            />
            <Pager
              page={{ total_count: sorted.length, items: shown }}
              search={search.page === undefined ? {} : { page: search.page }}
              limit={LIMIT}
              noun="file"
            />
          </>
        )
      }}
    </QueryView>
  )
}

/** The gravest of what matches any version; the page of each CVE has its files. */
function KnownCves({ channel, name }: { readonly channel: string; readonly name: string }): ReactNode {
  const matches = useQuery(packageCvesQuery(channel, name))
  if (!matches.data || matches.data.items.length === 0) return null
  const byCve = Map.groupBy(matches.data.items, ({ cve }) => cve)
  return (
    <Section title={`${countOf(byCve.size, 'known CVE')} of its versions`}>
      <DataTable
        caption={`CVEs of ${name}`}
        columns={cveColumns}
        rows={[...byCve.values()].slice(0, SHOWN_CVES)}
        rowKey={([match]) => match?.cve ?? ''}
      />
      {byCve.size > SHOWN_CVES && (
        <Text size="sm" c="dimmed">
          The {SHOWN_CVES} gravest are shown.
        </Text>
      )}
    </Section>
  )
}

const SHOWN_CVES = 10

const cveColumns: readonly Column<readonly CveMatch[]>[] = [
  {
    label: 'CVE',
    isRowHeader: true,
    isShort: true,
    render: ([match]) => match && <Link {...paths.cve(match.cve)}>{match.cve}</Link>,
  },
  {
    label: 'Severity',
    render: ([match]) => <SeverityTag score={match?.score} severity={match?.severity} />,
  },
  {
    label: 'Status',
    render: (matches) => {
      const found = new Set(matches.flatMap(({ statuses }) => statuses ?? []))
      return cveStatuses
        .filter((status) => found.has(status))
        .map((status) => <StatusTag key={status} status={status} />)
    },
  },
  { label: 'Versions', isWide: true, render: (matches) => matches.map(({ version }) => version).join(', ') },
  {
    label: 'Fixed in',
    render: ([match]) => (match?.fixed_in ? [match.fixed_in].flat().join(', ') : '') || 'not known',
  },
]

function describe(total: number, files: readonly PackageFile[]): string {
  const newest = files[0]?.metadata.version
  const words = `${countOf(total, 'file')}${newest === undefined ? '' : `, newest version ${newest}`}`
  return files.length < total ? `${words}. The first ${countOf(files.length, 'file')} are shown.` : words
}

interface InstallProps {
  readonly channel: string
  readonly name: string
  readonly files: readonly PackageFile[]
}

/** For the newest version that clients get, which may not be the newest there is. */
function Install({ channel, name, files }: InstallProps): ReactNode {
  const version = newestOffered(files)
  if (version === undefined) return <p>The policies of this channel let no version of it through.</p>
  const url = channelUrl(window.location.origin, channel)
  return (
    <Tabs defaultValue="conda" keepMounted={false}>
      <Tabs.List aria-label={`Install ${version}, the newest that is allowed`}>
        {clients.map((client) => (
          <Tabs.Tab key={client} value={client}>
            {client}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {clients.map((client) => (
        <Tabs.Panel key={client} value={client} pt="sm">
          <CopyBlock text={installCommand(client, url, name, version)} label={`the ${client} command`} />
        </Tabs.Panel>
      ))}
    </Tabs>
  )
}

const columns: readonly Column<PackageFile>[] = [
  {
    label: 'File',
    isRowHeader: true,
    render: ({ channel, name, ckey, metadata }) => (
      <Link {...paths.file(channel, name, ckey)} resetScroll={false} size="sm">
        {metadata.filename}
      </Link>
    ),
  },
  { label: 'Version', render: ({ metadata }) => metadata.version },
  { label: 'Build', render: ({ metadata }) => metadata.build },
  { label: 'Subdir', isShort: true, render: ({ metadata }) => metadata.subdir },
  { label: 'Size', isNumber: true, render: ({ size }) => formatBytes(size) },
  { label: 'Licence', render: ({ metadata }) => metadata.license ?? 'not stated' },
  {
    label: 'Verdict',
    isWide: true,
    render: ({ effect, reasons, damage }) => (
      <div className={classes.verdict}>
        <VerdictTag effect={effect} />
        {damage && <DamagedTag />}
        <Reasons reasons={reasons} />
      </div>
    ),
  },
]
