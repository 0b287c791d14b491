import { defineConfig } from 'vitest/config'

/** Installs the packed package into small apps: slow, and it needs a registry. */
export default defineConfig({
  test: {
    name: 'e2e',
    pool: 'forks',
    retry: 0,
    include: ['test/e2e/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // The apps share npm's cache and two cores: one install at a time is quicker than three.
    fileParallelism: false,
  },
})
