/** What is missing in a realm, compared with what it has to hold. More than that is nobody's fault. */
import type { AdminClient, FoundClient } from './admin-client.ts'
import {
  consequenceOf,
  newRealmSettings,
  wantedClients,
  type RealmOptions,
  type Representation,
} from './wanted-realm.ts'

export interface Finding {
  /** What it is about, `client terrarium: redirectUris`. */
  readonly what: string
  /** What does not work meanwhile. */
  readonly consequence: string
  /** Makes it so. */
  mend(): Promise<void>
}

/** Findings come one after the other: what is found depends on what was mended before. */
export async function* compareRealm(admin: AdminClient, options: RealmOptions): AsyncGenerator<Finding> {
  if (!(await admin.findRealm())) {
    yield {
      what: `realm ${options.realm}`,
      consequence: 'nothing is there yet',
      mend: () => admin.createRealm(newRealmSettings(options)),
    }
    if (!(await admin.findRealm())) return
  }
  for (const wanted of wantedClients(options)) {
    const name = `client ${wanted.clientId}`
    if (!(await admin.findClient(wanted.clientId))) {
      yield {
        what: name,
        consequence: 'nobody can sign in with it',
        mend: () => admin.createClient({ ...wanted.settings, protocolMappers: wanted.mappers }),
      }
    }
    const found = await admin.findClient(wanted.clientId)
    if (!found) continue
    yield* compareSettings(admin, name, wanted.settings, found)
    for (const mapper of wanted.mappers) yield* compareMapper(admin, name, mapper, found)
    const roles = new Set(await admin.listRoles(found.id))
    for (const role of wanted.roles) {
      if (roles.has(role.name)) continue
      yield {
        what: `${name}: role ${role.name}`,
        consequence: 'nobody can be given it in Keycloak',
        mend: () => admin.createRole(found.id, role),
      }
    }
  }
}

async function* compareSettings(
  admin: AdminClient,
  name: string,
  wanted: Representation,
  found: FoundClient,
): AsyncGenerator<Finding> {
  const differing = differences(wanted, found.settings).filter(
    (path) => !['name', 'description'].includes(path),
  )
  // one change of the client mends all of them
  let mended = false
  for (const path of differing) {
    yield {
      what: `${name}: ${path}`,
      consequence: consequenceOf(path),
      mend: async () => {
        if (!mended) await admin.updateClient(found.id, merge(found.settings, wanted))
        mended = true
      },
    }
  }
}

async function* compareMapper(
  admin: AdminClient,
  name: string,
  wanted: Representation & { readonly name: string },
  found: FoundClient,
): AsyncGenerator<Finding> {
  const mapper = found.mappers.find((candidate) => candidate['name'] === wanted.name)
  if (mapper && differences(wanted, mapper).length === 0) return
  yield {
    what: `${name}: mapper "${wanted.name}"`,
    consequence: consequenceOf(wanted.name),
    mend: () =>
      mapper ? admin.updateMapper(found.id, merge(mapper, wanted)) : admin.createMapper(found.id, wanted),
  }
}

/** Paths of what is wanted and is not so. Of a list, each entry has to be there. */
export function differences(wanted: Representation, found: Representation, prefix = ''): string[] {
  return Object.entries(wanted).flatMap(([key, value]) => {
    const path = prefix + key
    const actual = found[key]
    if (Array.isArray(value)) {
      const list = Array.isArray(actual) ? (actual as unknown[]) : []
      return value.every((item) => list.includes(item)) ? [] : [path]
    }
    if (isRecord(value)) return differences(value, isRecord(actual) ? actual : {}, `${path}.`)
    return actual === value ? [] : [path]
  })
}

/** What was there with what is wanted; lists hold both. */
export function merge(found: Representation, wanted: Representation): Representation {
  const merged: Record<string, unknown> = { ...found }
  for (const [key, value] of Object.entries(wanted)) {
    const before = found[key]
    if (Array.isArray(value)) {
      merged[key] = [
        ...new Set([...(Array.isArray(before) ? (before as unknown[]) : []), ...(value as unknown[])]),
      ]
    } else merged[key] = isRecord(value) ? merge(isRecord(before) ? before : {}, value) : value
  }
  return merged
}

function isRecord(value: unknown): value is Representation {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
