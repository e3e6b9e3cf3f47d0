import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['@voxtrace/source'] },
  ssr: { resolve: { conditions: ['@voxtrace/source'] } },
  test: {
    include: ['packages/*/src/**/*.test.{ts,tsx}', 'conformance/**/*.test.ts'],
    // One PostgreSQL for the whole run; see createTestDatabase in @voxtrace/store/testing.
    globalSetup: ['packages/store/src/testing-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    execArgv: ['--conditions=@voxtrace/source'],
  },
})
