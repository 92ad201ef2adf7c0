import { expect, test } from 'vitest'
import { tokenPlaces } from './token-places.ts'

test('a place names the server as its client knows it: netrc without the port, pixi with it', () => {
  const lines = tokenPlaces('https://conda.test:8443', 'conda.test:8443').map(({ text }) => text)
  expect(lines).toContain('machine conda.test login token password TOKEN')
  expect(lines).toContain('pixi auth login conda.test:8443 --token TOKEN')
  expect(lines).toContain('https://conda.test:8443/t/TOKEN/api/repo/CHANNEL')
})
