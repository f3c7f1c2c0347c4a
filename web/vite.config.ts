import { defineConfig, type Plugin } from 'vite'
import vue from '@vitejs/plugin-vue'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a phone may have to fetch before the portal's first page shows: html + css + js, gzip. */
const PORTAL_BUDGET = 60_000
/** Any single chunk, gzip: maps are the largest thing we ship. */
const CHUNK_BUDGET = 250_000
const server = process.env.GONGZHI_SERVER ?? 'http://127.0.0.1:8080'

function files(folder: string): string[] {
  return readdirSync(folder).flatMap(name => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? files(path) : [path]
  })
}

/** Names every asset the screens may need (not the maps) for the service worker: keep.json for the portal, keep-office.json for the desk. */
function listForOffline(): Plugin {
  return {
    name: 'list-for-offline',
    apply: 'build',
    generateBundle(_, bundle) {
      const list = (entryName: string, without: RegExp): string[] => {
        const wanted = new Set<string>()
        const add = (name: string) => {
          const chunk = bundle[name]
          if (wanted.has(name) || chunk?.type !== 'chunk' || chunk.moduleIds.some(id => without.test(id))) return
          wanted.add(name)
          const css = (chunk as { viteMetadata?: { importedCss: Set<string> } }).viteMetadata?.importedCss ?? []
          for (const sheet of css) wanted.add(sheet)
          for (const next of [...chunk.imports, ...chunk.dynamicImports]) add(next)
        }
        const entry = Object.values(bundle).find(one => one.type === 'chunk' && one.isEntry && one.name === entryName)
        if (entry) add(entry.fileName)
        return [...wanted].map(name => `/${name}`)
      }
      this.emitFile({ type: 'asset', fileName: 'keep.json', source: JSON.stringify(list('portal', /\/src\/map\//)) })
      this.emitFile({ type: 'asset', fileName: 'keep-office.json', source: JSON.stringify(list('office', /\/src\/(map|console|hotspots|risk)\/.*\.vue|\/src\/map\/engine/)) })
    },
  }
}

/** Writes .gz and .br beside every text asset, then fails the build when a size budget is broken. */
function compressAndWeigh(): Plugin {
  let out = 'dist'
  return {
    name: 'compress-and-weigh',
    apply: 'build',
    configResolved(config) { out = config.build.outDir },
    closeBundle() {
      const size = new Map<string, number>()
      for (const path of files(out)) {
        if (!/\.(html|js|mjs|css|svg|json|webmanifest|txt)$/.test(path)) continue
        const bytes = readFileSync(path)
        const gz = gzipSync(bytes, { level: 9 })
        size.set(path, gz.length)
        writeFileSync(`${path}.gz`, gz)
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }))
      }
      writeFileSync(join(out, '.gitkeep'), '')
      const first = (page: string) => {
        const html = readFileSync(join(out, page), 'utf8').replace(/<script[^>]*nomodule[^>]*>/g, '')
        const linked = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map(m => m[1])
        return [page, ...new Set(linked)].reduce((sum, name) => sum + (size.get(join(out, name)) ?? 0), 0)
      }
      const portal = first('index.html')
      const office = first('office.html')
      console.log(`first load, gzip: portal ${(portal / 1000).toFixed(1)} kB (budget ${PORTAL_BUDGET / 1000}), office ${(office / 1000).toFixed(1)} kB`)
      if (portal > PORTAL_BUDGET) throw new Error(`portal first load is ${portal} bytes gzip, budget ${PORTAL_BUDGET}`)
      for (const [path, bytes] of size)
        if (bytes > CHUNK_BUDGET) throw new Error(`${path} is ${bytes} bytes gzip, budget ${CHUNK_BUDGET}`)
    },
  }
}

export default defineConfig({
  plugins: [vue(), listForOffline(), compressAndWeigh()],
  build: {
    target: ['chrome87', 'safari14'],
    rollupOptions: { input: { portal: 'index.html', office: 'office.html' } },
    reportCompressedSize: false,
  },
  worker: { format: 'es' },
  server: { proxy: { '/api': server, '/tiles': server } },
})
