import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { apiTypes, type ApiDocument } from './api-types.ts'
import { apiText, describeApi } from './describe-api.ts'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const AGAIN = 'run `npm run generate` and commit what it writes'

let api: ApiDocument
beforeAll(async () => {
  api = await describeApi()
})

test('api/openapi.json is what the routes say', () => {
  expect(read('../api/openapi.json') === apiText(api), AGAIN).toBe(true)
})

test('api/types.gen.ts is what openapi.json says', () => {
  expect(read('../api/types.gen.ts') === apiTypes(api), AGAIN).toBe(true)
})

test('every operation says what it does', () => {
  const silent = Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { summary }]) => (summary ? [] : [`${method} ${path}`])),
  )
  expect(silent).toEqual([])
})

test('types name what may be absent, what may be null, and closed lists', () => {
  const types = apiTypes({
    paths: {
      '/api/things/{id}': {
        get: {
          summary: 'A thing',
          parameters: [
            { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
            { name: 'limit', in: 'query', schema: { type: 'integer' } },
          ],
          responses: {
            '200': {
              content: {
                'application/json': {
                  schema: {
                    type: 'object',
                    properties: {
                      state: { type: 'string', enum: ['new', 'old'] },
                      cause: { anyOf: [{ type: 'string' }, { type: 'null' }] },
                      tags: { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'null' }] } },
                    },
                    required: ['state', 'cause'],
                  },
                },
              },
            },
          },
        },
      },
    },
  })
  expect(types).toContain("'GET /api/things/{id}': {\n    params: {\n      readonly id: string\n    }")
  expect(types).toContain('query?: {\n      readonly limit?: number\n    }')
  expect(types).toContain("readonly state: 'new' | 'old'")
  expect(types).toContain('readonly cause: string | null')
  expect(types).toContain('readonly tags?: readonly (string | null)[]')
})

test('a schema of an unknown kind stops the generator', () => {
  const strange = { '200': { content: { 'application/json': { schema: { type: 'riddle' } } } } }
  expect(() => apiTypes({ paths: { '/x': { get: { responses: strange } } } })).toThrow('riddle')
})
