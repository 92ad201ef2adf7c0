/** Names that people write, as the ids that the server wants. */
import type { Client } from './client.ts'

export interface Named {
  readonly id: string
  readonly name: string
}

export async function findUser(client: Client, name: string): Promise<Named> {
  const users = await client.get<{ id: string; username: string }[]>(
    `/api/users?limit=1000&q=${encodeURIComponent(name)}`,
  )
  const found = users.find(({ username }) => username === name)
  if (!found) throw new Error(`there is no account ${name}`)
  return { id: found.id, name }
}

export async function findGroup(client: Client, name: string): Promise<Named> {
  return findIn(
    client,
    `/api/groups?with_user_counts=false&limit=1000&q=${encodeURIComponent(name)}`,
    'group',
    name,
  )
}

export async function findRole(client: Client, name: string): Promise<Named> {
  return findIn(client, '/api/roles', 'role', name)
}

/** Of a channel when one is named: who manages it need not see those of others. */
export async function findServiceAccount(
  client: Client,
  name: string,
  channel: string | undefined,
): Promise<Named> {
  const filter = channel === undefined ? '' : `&channel=${encodeURIComponent(channel)}`
  const path = `/api/service-accounts?limit=1000&q=${encodeURIComponent(name)}${filter}`
  return findIn(client, path, 'service account', name)
}

async function findIn(client: Client, path: string, what: string, name: string): Promise<Named> {
  const { items } = await client.get<{ items: Named[] }>(path)
  const found = items.find((item) => item.name === name)
  if (!found) throw new Error(`there is no ${what} ${name}`)
  return { id: found.id, name }
}

/** `--user` or `--group`, or `--service-account` where a command has it: one of them. */
export async function findSubject(
  client: Client,
  options: { user?: string; group?: string; serviceAccount?: string },
): Promise<Named & { kind: 'user' | 'group' }> {
  const { user, group, serviceAccount } = options
  if (serviceAccount !== undefined && user === undefined && group === undefined)
    return { ...(await findServiceAccount(client, serviceAccount, undefined)), kind: 'user' }
  if (serviceAccount !== undefined) throw new Error('give --user, --group or --service-account, one of them')
  if (user !== undefined && group === undefined) return { ...(await findUser(client, user)), kind: 'user' }
  if (group !== undefined && user === undefined) return { ...(await findGroup(client, group)), kind: 'group' }
  throw new Error('give --user or --group, one of the two')
}
