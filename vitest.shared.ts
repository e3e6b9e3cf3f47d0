import { defineConfig } from 'vitest/config'

/** What every suite shares: packages are tested as their TypeScript sources. */
export default defineConfig({
  resolve: { conditions: ['@voxtrace/source'] },
  ssr: { resolve: { conditions: ['@voxtrace/source'] } },
  test: {
    // Conditions come when they come, also on a machine that is many times slower: only what never comes fails.
    testTimeout: 480_000,
    hookTimeout: 480_000,
    expect: { poll: { timeout: 120_000 } },
    execArgv: ['--conditions=@voxtrace/source'],
  },
})
