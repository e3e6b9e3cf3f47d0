import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { build, defineConfig, type Plugin } from 'vite'

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

/** The page that each address of the router leads to, as the router's source says. */
async function routedPages(): Promise<{ address: string; module: string }[]> {
  const source = await readFile(join(import.meta.dirname, 'src', 'router.tsx'), 'utf8')
  const routes = source.matchAll(/path: '([^']+)'(?:(?!createRoute)[\s\S])*?import\('(\.[^']+)'\)/g)
  return [...routes].map(([, address = '', module = '']) => ({
    address,
    module: join(import.meta.dirname, 'src', module),
  }))
}

/**
 * Puts `src/early.ts` as a script of its own before the app's, together with the names of the files that the page of
 * each address needs.
 */
function earlyScript(): Plugin {
  return {
    name: 'early-script',
    async transformIndexHtml(html, { bundle, server }) {
      const pageFiles: [string, string[]][] = []
      const chunks = Object.values(bundle ?? {}).filter((file) => file.type === 'chunk')
      const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]))
      const filesFrom = (name: string, found: Set<string>) => {
        const chunk = byName.get(name)
        if (chunk === undefined || found.has(name)) return found
        found.add(name)
        for (const css of chunk.viteMetadata?.importedCss ?? []) found.add(css)
        for (const further of chunk.imports) filesFrom(further, found)
        return found
      }
      const entry = chunks.find(({ isEntry }) => isEntry)
      const entryFiles = filesFrom(entry?.fileName ?? '', new Set())
      for (const { address, module } of await routedPages()) {
        const page = chunks.find(({ facadeModuleId }) => facadeModuleId === module)
        const files = [...filesFrom(page?.fileName ?? '', new Set())].filter((name) => !entryFiles.has(name))
        pageFiles.push([address, files.map((name) => `/${name}`)])
      }
      if (server === undefined && pageFiles.every(([, files]) => files.length === 0)) {
        throw new Error('No page of src/router.tsx was found in the build')
      }
      const built = await build({
        configFile: false,
        logLevel: 'warn',
        define: { pageFiles: JSON.stringify(pageFiles) },
        build: {
          write: false,
          target: 'es2023',
          lib: { entry: join(import.meta.dirname, 'src', 'early.ts'), formats: ['iife'], name: 'early' },
        },
      })
      const [output] = [built].flat()
      if (output === undefined || !('output' in output)) throw new Error('src/early.ts was not built')
      return html.replace(
        '<script src="/early.js"></script>',
        () => `<script>${output.output[0].code}</script>`,
      )
    },
  }
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), earlyScript(), compressedFiles()],
  resolve: { conditions: ['@voxtrace/source', 'module', 'browser', 'development|production'] },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        // What several pages share comes as one file: two dozen small ones take longer to fetch than to read.
        codeSplitting: {
          groups: [{ name: 'shared', test: /[\\/]packages[\\/]/, minShareCount: 3 }],
        },
      },
    },
  },
  server: {
    proxy: {
      '/ajax-api': server,
      '/api': server,
      '/v1': server,
      '/bot': server,
      '/voxtrace-client.tgz': server,
    },
  },
})
