import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** Where `vite` in development finds the Voxtrace server. */
const server = process.env.VOXTRACE_URL ?? 'http://127.0.0.1:5000'

const compressible = /\.(css|html|js|json|svg|txt|webmanifest)$/
/** Smaller ones go out in one packet either way. */
const smallestCompressedBytes = 1024

/** Lays FILE.br and FILE.gz beside every text of the build, so that the server never compresses while it answers. */
function compressedFiles(): Plugin {
  return {
    name: 'compressed-files',
    apply: 'build',
    async writeBundle({ dir }) {
      if (dir === undefined) return
      const names = await readdir(dir, { recursive: true })
      await Promise.all(
        names
          .filter((name) => compressible.test(name))
          .map(async (name) => {
            const path = join(dir, name)
            const content = await readFile(path)
            if (content.length < smallestCompressedBytes) return
            await writeFile(`${path}.br`, await promisify(brotliCompress)(content))
            await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }))
          }),
      )
    },
  }
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), compressedFiles()],
  resolve: { conditions: ['@voxtrace/source', 'module', 'browser', 'development|production'] },
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2023', assetsInlineLimit: 0 },
  server: { proxy: { '/ajax-api': server, '/api': server, '/v1': server, '/bot': server } },
})
