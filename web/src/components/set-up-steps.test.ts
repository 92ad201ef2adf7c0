import { describe, expect, test } from 'vitest'
import { clients, installCommand, setUpSteps } from './set-up-steps.ts'

const server = { origin: 'https://conda.example.org', host: 'conda.example.org' }

describe('the set-up of a client', () => {
  test.each(clients)('%s reads the channel at the address of this server', (client) => {
    const text = setUpSteps(client, server, 'main', false)
      .map((step) => step.text)
      .join('\n')
    expect(text).toContain('https://conda.example.org/api/repo/main')
    expect(text).not.toContain('TOKEN')
  })

  test.each(clients)('%s has a place for a token where the channel is not public', (client) => {
    const [first] = setUpSteps(client, server, 'main', true)
    expect(first?.text).toContain('TOKEN')
  })

  test('conda leaves its own default channels out', () => {
    const [file] = setUpSteps('conda', server, 'main', false)
    expect(file?.text).toBe(
      [
        'channels:',
        '  - https://conda.example.org/api/repo/main',
        'default_channels: []',
        'channel_priority: strict',
      ].join('\n'),
    )
  })
})

test('an install command names one version', () => {
  const url = 'https://conda.example.org/api/repo/main'
  expect(installCommand('conda', url, 'numpy', '2.1.0')).toBe(
    'conda install --override-channels -c https://conda.example.org/api/repo/main numpy=2.1.0',
  )
  expect(installCommand('pixi', url, 'numpy', '2.1.0')).toBe('pixi add numpy==2.1.0')
})
