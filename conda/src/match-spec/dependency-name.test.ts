import { expect, test } from 'vitest'
import { dependencyName } from './dependency-name.ts'
import { MatchSpec } from './match-spec.ts'

test.each([
  ['numpy', 'numpy'],
  ['NumPy >=1.7,<2', 'numpy'],
  ['conda-forge/linux-64::numpy=1.7=py_0', 'numpy'],
  ['numpy[version=">=1",channel=a::b]', 'numpy'],
  ['numpy!=1', 'numpy'],
  ['numpy~=1.2', 'numpy'],
  ['numpy#comment', 'numpy'],
  ['numpy (optional)', 'numpy'],
])('%s', (spec, name) => {
  expect(dependencyName(spec)).toBe(name)
  expect(MatchSpec.parse(spec).name).toBe(name)
})
