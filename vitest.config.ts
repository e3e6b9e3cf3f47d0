import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['@voxtrace/source'] },
  ssr: { resolve: { conditions: ['@voxtrace/source'] } },
  test: {
    include: ['packages/*/src/**/*.test.{ts,tsx}', 'conformance/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    execArgv: ['--conditions=@voxtrace/source'],
  },
})
