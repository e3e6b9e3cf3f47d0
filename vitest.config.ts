import { defineConfig } from 'vitest/config'

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
          maxWorkers: 3,
          // A process for each file would cost a third of a second of the processor, mostly for loading the same modules.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Whole products and foreign clients. They wait more than they work. The report shows who needed a second try.
        extends: './vitest.shared.ts',
        test: {
          name: 'conformance',
          include: ['conformance/**/*.test.ts'],
          exclude: ['conformance/live/**', 'conformance/durability.test.ts'],
          maxWorkers: 3,
          retry: 1,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Browsers with live sound, and kills under load: one at a time, and when nothing else runs.
        extends: './vitest.shared.ts',
        test: {
          name: 'live',
          include: ['conformance/live/*.test.ts', 'conformance/durability.test.ts'],
          maxWorkers: 1,
          // Live speech on a shared machine is now and then misheard; the report shows who needed a second try.
          retry: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
