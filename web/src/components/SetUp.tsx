/** How a client is told to use a channel, for the three clients of the ecosystem. */
import { Tabs, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Privacy } from '../api/types.ts'
import { CopyBlock } from '../ui/CopyBlock.tsx'
import { Link } from '../ui/Link.tsx'
import { paths } from '../paths.ts'
import { clients, setUpSteps } from './set-up-steps.ts'
import classes from './SetUp.module.css'

interface SetUpProps {
  readonly channel: string
  readonly privacy: Privacy
}

export function SetUp({ channel, privacy }: SetUpProps): ReactNode {
  const needsToken = privacy !== 'public'
  return (
    <Tabs defaultValue="conda" keepMounted={false} className={classes.setUp}>
      <Tabs.List aria-label="Client">
        {clients.map((client) => (
          <Tabs.Tab key={client} value={client}>
            {client}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {clients.map((client) => (
        <Tabs.Panel key={client} value={client} className={classes.panel}>
          {setUpSteps(client, window.location, channel, needsToken).map(({ title, text }) => (
            <div key={title} className={classes.step}>
              <Text size="sm" c="dimmed">
                {title}
              </Text>
              <CopyBlock text={text} label={`${client}: ${title}`} />
            </div>
          ))}
          {needsToken && (
            <Text size="sm" c="dimmed">
              This channel is not public: put a token of yours where it says TOKEN.{' '}
              <Link {...paths.account()} size="sm">
                Make one
              </Link>
            </Text>
          )}
        </Tabs.Panel>
      ))}
    </Tabs>
  )
}
