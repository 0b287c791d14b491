import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** `npm test` runs every project but `e2e`, which packs and installs the package (`npm run test:e2e`). */
export default defineConfig({
  test: {
    pool: 'forks',
    // Most of the time tests wait for servers, so two files at a time are no burden for two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // A flaky test is a bug: of the test, or of the code.
    retry: 0,
    restoreMocks: true,
    unstubEnvs: true,
    globalSetup: ['test/support/postgres-template.ts'],
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 5_000 } },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          exclude: ['test/integration/shared/**'],
          testTimeout: 15_000,
          hookTimeout: 15_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['test/integration/shared/**/*.test.ts'],
          testTimeout: 15_000,
          hookTimeout: 15_000,
          // Many processes each, whose time others need to be right about theirs: after everything else, and one by one.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      { extends: true, test: { name: 'project', include: ['test/*.test.ts'], testTimeout: 60_000 } },
    ],
  },
})
