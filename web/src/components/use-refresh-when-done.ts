import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'

/** Once a mirror run or a publish ends, the channel is another thing: all that was read of it is read anew. */
export function useRefreshWhenDone(channel: string, isUnderWay: boolean): void {
  const queryClient = useQueryClient()
  const wasUnderWay = useRef(isUnderWay)
  useEffect(() => {
    if (wasUnderWay.current && !isUnderWay) {
      void queryClient.invalidateQueries({ queryKey: ['channel', channel] })
      void queryClient.invalidateQueries({ queryKey: ['channels'] })
    }
    wasUnderWay.current = isUnderWay
  }, [queryClient, channel, isUnderWay])
}
