import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{conda,server,cli,api,scripts,bench,web}/**/*.test.{ts,tsx}'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: '100%', // of the cores: by default vitest keeps one free, which is half of a machine with two
    isolate: false, // no module keeps state that a test could see; loading all of them anew per file cost a quarter of the run
    globalSetup: ['server/src/testing/postgres-template.ts'],
  },
})
