/** A subchannel has every address that a channel has, below its parent's. */

const SUBCHANNEL = /^\/api\/channels\/([^/?#]+)\/subchannels\/([^/?#]+)/

/**
 * `/api/channels/main/subchannels/dev/files` as `/api/channels/main%2Fdev/files`, where the routes of channels find
 * it; any other address as it is.
 */
export function toChannelAddress(url: string): string {
  return url.replace(SUBCHANNEL, '/api/channels/$1%2F$2')
}
