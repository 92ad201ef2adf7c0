/** Where clients put a token, as lines to paste. TOKEN stands for it. */

export interface TokenPlace {
  readonly client: string
  readonly text: string
}

/** @param host of this server, with its port; @param origin its address */
export function tokenPlaces(origin: string, host: string): readonly TokenPlace[] {
  const hostname = host.replace(/:\d+$/, '')
  return [
    { client: 'pixi, rattler-build', text: `pixi auth login ${host} --token TOKEN` },
    { client: 'conda, mamba: in the address of a channel', text: `${origin}/t/TOKEN/api/repo/CHANNEL` },
    { client: 'conda, pip, curl: ~/.netrc', text: `machine ${hostname} login token password TOKEN` },
    { client: 'programs', text: `curl -H 'Authorization: Bearer TOKEN' ${origin}/api/account` },
  ]
}
