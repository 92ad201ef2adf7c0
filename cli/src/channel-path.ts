/** The path of a channel in the API; a subchannel is named with its parent, `parent/child`. */
export function channelPath(channel: string): string {
  return `/api/channels/${encodeURIComponent(channel)}`
}
