/** Schemas that have an id (`.meta({ id })`) stand once in the description of the API, under that name. */
import { jsonSchemaTransformObject } from 'fastify-type-provider-zod'

type Described = Parameters<typeof jsonSchemaTransformObject>[0]

/** @returns the description with those that a route refers to; others with an id are of no concern to it */
export function withNamedSchemas(document: Described): ReturnType<typeof jsonSchemaTransformObject> {
  const whole = jsonSchemaTransformObject(document)
  const { paths, components } = whole as {
    readonly paths?: unknown
    readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> }
  }
  const all = components?.schemas ?? {}
  const used = new Set<string>()
  const collect = (part: unknown): void => {
    for (const [, name] of JSON.stringify(part ?? {}).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (name === undefined || used.has(name)) continue
      used.add(name)
      collect(all[name])
    }
  }
  collect(paths)
  const schemas = Object.fromEntries(Object.entries(all).filter(([name]) => used.has(name)))
  return { ...whole, components: { ...components, schemas } } as ReturnType<typeof jsonSchemaTransformObject>
}
