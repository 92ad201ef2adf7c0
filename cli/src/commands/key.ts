import type { Item } from '@terrarium/api/shapes.ts'
import { Command } from 'commander'
import { allItems } from '../client.ts'
import type { CommandContext } from '../command-context.ts'
import { openFile } from '../open-file.ts'
import { printJson, printTable, say } from '../output.ts'

type Key = Item<'GET /api/trusted-keys'>

export function keyCommand(context: CommandContext): Command {
  const command = new Command('key').description('keys whose signatures of packages count')

  command
    .command('list')
    .description('the keys that are trusted')
    .action(async () => {
      const keys = await Array.fromAsync(allItems<Key>(context.client(), '/api/trusted-keys'))
      if (context.json()) {
        printJson(keys)
        return
      }
      printTable(keys, [
        { title: 'key', value: ({ label }) => label },
        { title: 'channel', value: ({ channel }) => channel ?? 'all' },
        { title: 'kind', value: ({ kind }) => kind },
        { title: 'id', value: (row) => row.key_id, shrink: true },
        { title: 'since', value: (row) => row.created_at.slice(0, 10) },
      ])
    })

  command
    .command('trust <label> <key>')
    .description('trust a key: 64 hex digits, or a file with a public key in PEM')
    .option('--channel <name>', 'where its word counts; in all channels without it')
    .action(async (label: string, key: string, options: { channel?: string }) => {
      const text = /^[0-9a-f]{64}$/i.test(key) ? key : await (await openFile(key)).text()
      const made = await context.client().post<Key>('/api/trusted-keys', {
        ...{ label, public_key: text, channel: options.channel ?? null },
      })
      if (context.json()) {
        printJson(made)
        return
      }
      const where = made.channel === null ? 'all channels' : made.channel
      say(`What ${made.label} (${made.kind} ${made.key_id}) signed counts as signed in ${where}.`)
    })

  command
    .command('from-root <label> <root> <key-manager>')
    .description(
      'trust the keys of packages after a root of conda content trust: N.root.json and key_mgr.json',
    )
    .option('--channel <name>', 'where their word counts; in all channels without it')
    .action(async (label: string, root: string, keyManager: string, options: { channel?: string }) => {
      const made = await context.client().post<{ items: readonly Key[] }>('/api/trusted-keys/from-root', {
        label,
        root: await (await openFile(root)).text(),
        key_mgr: await (await openFile(keyManager)).text(),
        channel: options.channel ?? null,
      })
      if (context.json()) {
        printJson(made.items)
        return
      }
      for (const key of made.items) say(`${key.label} is trusted: ${key.key_id}.`)
    })

  command
    .command('drop <label>')
    .description('trust a key no more; what it signed counts as unsigned from now on')
    .option('--reason <text>', 'for the audit log')
    .action(async (label: string, options: { reason?: string }) => {
      const reason = options.reason === undefined ? '' : `?reason=${encodeURIComponent(options.reason)}`
      await context.client().delete(`/api/trusted-keys/${encodeURIComponent(label)}${reason}`)
      say(`${label} is trusted no more.`)
    })
  return command
}
