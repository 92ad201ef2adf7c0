import { channelUrl, channelUrlWithToken } from '../paths.ts'

export const clients = ['conda', 'mamba', 'pixi'] as const
export type Client = (typeof clients)[number]

export interface SetUpStep {
  readonly title: string
  readonly text: string
}

/**
 * What to put where so that a client reads the channel and nothing else: a leftover public channel would
 * bring back what the policies keep out.
 */
export function setUpSteps(
  client: Client,
  server: { readonly origin: string; readonly host: string },
  channel: string,
  needsToken: boolean,
): SetUpStep[] {
  const url = channelUrl(server.origin, channel)
  switch (client) {
    case 'conda':
    case 'mamba': {
      // both read this file; conda and mamba take a token as a part of the address
      const address = needsToken ? channelUrlWithToken(server.origin, channel, 'TOKEN') : url
      return [
        {
          title: 'For good, in ~/.condarc',
          text: `channels:\n  - ${address}\ndefault_channels: []\nchannel_priority: strict`,
        },
        { title: 'Once', text: `${client} create -n my-env --override-channels -c ${address} PACKAGE` },
      ]
    }
    case 'pixi':
      return [
        ...(needsToken
          ? [{ title: 'Sign pixi in', text: `pixi auth login ${server.host} --token TOKEN` }]
          : []),
        {
          title: 'A project',
          text: `pixi init my-project --channel ${url}\ncd my-project\npixi add PACKAGE`,
        },
        { title: 'For good, in ~/.pixi/config.toml', text: `default-channels = ["${url}"]` },
      ]
  }
}

/** Installs one version of a package. */
export function installCommand(client: Client, url: string, name: string, version: string): string {
  return client === 'pixi'
    ? `pixi add ${name}==${version}`
    : `${client} install --override-channels -c ${url} ${name}=${version}`
}
