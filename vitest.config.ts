import { defineConfig } from 'vitest/config'

const live = ['end-to-end', 'pipecat-client-bad-network'].map((name) => `conformance/live/${name}.test.ts`)

export default defineConfig({
  // Vitest runs the set-up below in an environment of this name, which knows nothing of what the projects share.
  environments: { __vitest__: { resolve: { conditions: ['@voxtrace/source'] } } },
  test: {
    // One PostgreSQL for the whole run; see createTestDatabase in @voxtrace/store/testing.
    globalSetup: ['packages/store/src/testing-setup.ts'],
    projects: [
      {
        extends: './vitest.shared.ts',
        test: {
          name: 'packages',
          include: ['packages/*/src/**/*.test.{ts,tsx}'],
          maxWorkers: 4,
          // A process for each file would cost a third of a second of the processor, mostly for loading the same modules.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Whole products and foreign clients, which wait for conditions and not for times.
        extends: './vitest.shared.ts',
        test: {
          name: 'conformance',
          globalSetup: ['conformance/web/build-web.ts'],
          include: ['conformance/**/*.test.ts'],
          exclude: live,
          testTimeout: 90_000,
          maxWorkers: 4,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Sound in real time: when nothing else runs, since a machine that is short of time leaves holes in it.
        extends: './vitest.shared.ts',
        test: {
          name: 'live',
          include: live,
          maxWorkers: 1,
          // The report says which tests needed it.
          retry: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
