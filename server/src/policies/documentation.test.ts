import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { decide } from './decide.ts'
import { parsePolicy } from './policy-document.ts'
import { cve, facts } from './testing/artifact-facts.ts'

const page = readFileSync(new URL('../../../docs/POLICIES.md', import.meta.url), 'utf8')
const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map((block) => block[1] ?? '')

test('every policy in docs/POLICIES.md is one', () => {
  expect(examples.length).toBeGreaterThanOrEqual(5)
  for (const text of examples) expect(parsePolicy(text, { filename: 'x.yaml' }).rules).not.toEqual([])
})

test('the worked examples in docs/POLICIES.md come out as written', () => {
  const [baseline = '', careful = ''] = examples.slice(-2)
  const strict = careful.replace(/exceptions:[\s\S]*/, '')
  const outcome = (
    vulnerabilities: Parameters<typeof cve>[0][],
    at: string,
    texts = [baseline, careful],
  ): string => {
    const openssl = facts({ name: 'openssl', version: '1.1.1k', vulnerabilities: vulnerabilities.map(cve) })
    const policies = texts.map((text) => parsePolicy(text, { filename: 'x.yaml' }))
    const { effect, reasons } = decide(openssl, policies, new Date(at))
    return [
      effect,
      ...reasons.flatMap((reason) => reason.evidence.map((one) => (one.kind === 'cve' ? one.id : ''))),
    ]
      .join(' ')
      .trim()
  }
  const known = { id: 'CVE-2022-0778', score: 7.5 }
  const second = { id: 'CVE-2099-0009', score: 9 }

  expect(outcome([known], '2027-03-31T23:59:59Z')).toBe('allow')
  expect(outcome([known], '2027-03-31T23:59:59Z', [baseline, strict])).toBe('hide')
  expect(outcome([known], '2027-04-01T00:00:00Z')).toBe('deny CVE-2022-0778')
  expect(outcome([known, second], '2027-01-01T00:00:00Z')).toBe('deny CVE-2099-0009')
  expect(outcome([{ ...known, status: 'mitigated' }], '2027-01-01T00:00:00Z')).toBe('allow')
  expect(outcome([known, { ...second, score: null, severity: 'unscored' }], '2027-01-01T00:00:00Z')).toBe(
    'allow',
  )
})
