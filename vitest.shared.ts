import { defineConfig } from 'vitest/config'

/** What every suite shares: packages are tested as their TypeScript sources. */
export default defineConfig({
  resolve: { conditions: ['@voxtrace/source'] },
  ssr: { resolve: { conditions: ['@voxtrace/source'] } },
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Conditions come when they come on a machine that has other work.
    expect: { poll: { timeout: 20_000 } },
    execArgv: ['--conditions=@voxtrace/source'],
  },
})
