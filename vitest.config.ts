import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{conda,server,cli,api,scripts,bench,web}/**/*.test.{ts,tsx}'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    pool: 'forks',
    globalSetup: ['server/src/testing/postgres-template.ts'],
  },
})
