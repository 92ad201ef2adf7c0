import { Button, Group } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { runMirror, stopMirror } from '../api/actions.ts'
import { isUnderWay } from '../api/queries.ts'
import type { Mirror } from '../api/types.ts'
import { Icon } from '../ui/icons.tsx'
import { FormProblem } from './Problem.tsx'

/** Run now, or stop: whichever makes sense. */
export function MirrorActions({
  channel,
  mirror,
}: {
  readonly channel: string
  readonly mirror: Mirror
}): ReactNode {
  const queryClient = useQueryClient()
  // what arrives changes the packages too, so everything of the channel is read anew
  const onSettled = (): Promise<void> => queryClient.invalidateQueries({ queryKey: ['channel', channel] })
  const run = useMutation({ mutationFn: () => runMirror(channel, mirror.mirror_id), onSettled })
  const stop = useMutation({ mutationFn: () => stopMirror(channel, mirror.mirror_id), onSettled })
  return (
    <>
      <Group>
        {isUnderWay(mirror) ? (
          <Button
            size="xs"
            variant="default"
            loading={stop.isPending}
            leftSection={<Icon name="stop" size={14} />}
            onClick={() => stop.mutate()}
            aria-label={`Stop the mirror ${mirror.mirror_name}`}
          >
            Stop
          </Button>
        ) : (
          <Button
            size="xs"
            loading={run.isPending}
            leftSection={<Icon name="play" size={14} />}
            onClick={() => run.mutate()}
            aria-label={`Run the mirror ${mirror.mirror_name} now`}
          >
            Run now
          </Button>
        )}
      </Group>
      <FormProblem error={run.error ?? stop.error} />
    </>
  )
}
