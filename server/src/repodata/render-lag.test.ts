import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestApp, type TestApp } from '../testing/test-app.ts'

let t: TestApp
beforeAll(async () => {
  t = await startTestApp()
})
afterAll(() => t.close())

interface Standing {
  readonly revision: number
  readonly rendered_revision: number
  readonly rendered_behind_since: string | null
}

async function standing(): Promise<Standing> {
  return (await t.nobody().get('/api/channels/main')).json()
}

async function listed(): Promise<string[]> {
  const index = await t.nobody().get('/api/repo/main/noarch/repodata.json')
  return Object.keys(index.json<{ 'packages.conda': object }>()['packages.conda'])
}

test('a stream of publishes neither stops a render nor voids it, and the next one catches up with all', async () => {
  await t.channel('main')
  await t.upload('main', { name: 'a', version: '0' })
  const { renderers } = t.parts.rendering
  const run = renderers.run.bind(renderers)
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  let renders = 0
  vi.spyOn(renderers, 'run').mockImplementation(async (task) => {
    if ((task as { kind: string }).kind === 'subdir') renders += 1
    await held
    return run(task)
  })
  const publish = async (version: number): Promise<void> => {
    const settling = vi.spyOn(t, 'settle').mockResolvedValueOnce()
    await t.upload('main', { name: 'a', version: String(version) })
    settling.mockRestore()
    await t.until(async () => {
      t.parts.jobs.wake()
      return (await standing()).revision === version + 1
    })
  }

  const start = t.now
  await publish(1)
  await t.until(() => Promise.resolve(renders === 1))
  for (let version = 2; version <= 6; version += 1) {
    t.advance(1_000)
    await publish(version)
  }
  // the last complete set is served meanwhile, and how old it is can be seen
  expect(await listed()).toEqual(['a-0-0.conda'])
  expect(await standing()).toMatchObject({
    revision: 7,
    rendered_revision: 1,
    rendered_behind_since: start.toISOString(),
  })
  expect(renders).toBe(1)

  release()
  // the one that was begun counts, though five came after it
  await t.until(async () => (await standing()).rendered_revision >= 2)
  await t.settle()
  expect(await standing()).toMatchObject({ revision: 7, rendered_revision: 7, rendered_behind_since: null })
  expect(renders).toBe(2)
  expect(await listed()).toHaveLength(7)
})
