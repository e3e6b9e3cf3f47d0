import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const live = ['end-to-end', 'pipecat-client-bad-network'].map((name) => `conformance/live/${name}.test.ts`)

/** What takes longest begins first, so that nothing is left to wait for alone. A fresh clone knows no durations yet. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) =>
      /conformance\/(web|web-calls)\.test\.ts$/.test(moduleId)
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

export default defineConfig({
  // Vitest runs the set-up below in an environment of this name, which knows nothing of what the projects share.
  environments: { __vitest__: { resolve: { conditions: ['@voxtrace/source'] } } },
  test: {
    // One PostgreSQL for the whole run; see createTestDatabase in @voxtrace/store/testing.
    globalSetup: ['packages/store/src/testing-setup.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: './vitest.shared.ts',
        test: {
          name: 'packages',
          include: ['packages/*/src/**/*.test.{ts,tsx}'],
          setupFiles: ['vitest.seed.ts'],
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
