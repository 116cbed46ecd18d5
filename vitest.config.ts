import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'agent/src/**/*.test.ts',
      'collector/src/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    setupFiles: ['test/generated-cases.ts'],
    // Two cores: more workers only make the real servers in the tests wait for each other.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
