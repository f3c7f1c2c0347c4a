// The real program on a free port, with a data folder of its own.
import { spawn, execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export const binary = resolve(process.env.GONGZHI_BIN ?? join(import.meta.dirname, '../../target/release/gongzhi'))
if (!existsSync(binary)) throw new Error(`no program at ${binary}: build it (make build) or set GONGZHI_BIN`)
const cache = process.env.E2E_DATA ?? join(tmpdir(), 'gongzhi-e2e')
const quiet = { ...process.env, GONGZHI_LOG: process.env.GONGZHI_LOG ?? 'error' }

/** Runs one command to its end: { code, out, err }. Never throws for a refusal. */
export function run(args, input = '') {
  return new Promise((done) => {
    const child = execFile(binary, args, { env: quiet, maxBuffer: 64 << 20 }, (error, out, err) => done({ code: error ? error.code ?? 1 : 0, out, err }))
    child.stdin.on('error', () => { /* a command that reads nothing may be gone by now */ })
    child.stdin.end(input)
  })
}
export async function must(args, input) {
  const done = await run(args, input)
  if (done.code !== 0) throw new Error(`gongzhi ${args.join(' ')} → ${done.code}\n${done.err}${done.out}`)
  return done
}
export function freshFolder(name) {
  mkdirSync(cache, { recursive: true })
  return mkdtempSync(join(cache, `${name}-`))
}
/** A folder made once for this program and this day, then copied for each test file. */
async function made(name, make) {
  const { size, mtimeMs } = statSync(binary)
  const mark = createHash('sha256').update(`${size} ${mtimeMs} ${new Date().toDateString()}`).digest('hex').slice(0, 12)
  const kept = join(cache, `made-${name}-${process.env.E2E_KEEP ?? mark}`)
  if (!existsSync(kept)) {
    mkdirSync(cache, { recursive: true })
    // Folders made by an older program, or left by a run that was broken off.
    for (const old of readdirSync(cache)) if (Date.now() - statSync(join(cache, old)).mtimeMs > 6 * 3_600_000) rmSync(join(cache, old), { recursive: true, force: true })
    const half = join(cache, `half-${name}-${process.pid}`)
    await make(half)
    renameSync(half, kept)
  }
  const copy = freshFolder(name)
  cpSync(kept, copy, { recursive: true })
  return copy
}
/** A copy of the demo city. Making it takes about a minute, copying it under a second. */
export const demoCity = () => made('demo', (folder) => must(['demo', '--data', folder]))

/** A town of nine streets, for tests that need the program and no city. */
export const smallTown = () => made('town', async (folder) => {
  mkdirSync(folder, { recursive: true })
  const [west, south, step] = [120.6, 30.0, 0.004]
  const streets = ['胜利路', '平江路', '中兴大道', '阳明路', '环城路']
  let xml = '<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6">\n'
  for (let y = 0; y < 5; y++) for (let x = 0; x < 5; x++) xml += `<node id="${1 + y * 5 + x}" lat="${(south + y * step).toFixed(7)}" lon="${(west + x * step).toFixed(7)}"/>\n`
  const way = (id, nodes, name) => `<way id="${id}">${nodes.map((n) => `<nd ref="${n}"/>`).join('')}<tag k="highway" v="secondary"/><tag k="name" v="${name}"/></way>\n`
  for (let n = 0; n < 5; n++) {
    xml += way(100 + n, [0, 1, 2, 3, 4].map((x) => 1 + n * 5 + x), streets[n])
    xml += way(200 + n, [0, 1, 2, 3, 4].map((y) => 1 + y * 5 + n), `${['解放', '人民', '和平', '文化', '学院'][n]}路`)
  }
  writeFileSync(join(folder, 'town.osm'), `${xml}</osm>\n`)
  await must(['import', 'roads', join(folder, 'town.osm'), '--datum', 'wgs84', '--data', folder])
  await people(folder)
})
export const password = 'gongzhi-e2e-only'
/** One account for each part in the loop. */
export async function people(folder) {
  for (const [login, name, unit, role] of [
    ['admin', '管理员', 'commission', 'administrator'], ['dispatcher', '陈值班', 'brigade-1', 'dispatcher'], ['analyst', '林研判', 'bureau', 'analyst'],
    ['clerk', '周承办', 'transport', 'clerk'], ['clerk2', '吴承办', 'urban-management', 'clerk'], ['reviewer', '郑复查', 'brigade-1', 'officer'], ['leader', '沈主任', 'commission', 'leader'],
  ]) await must(['account', '--data', folder, '--login', login, '--name', name, '--unit', unit, '--roles', role], `${password}\n`)
}

/** Serves a folder; answers when /api/health does. */
export async function serve(folder) {
  const child = spawn(binary, ['serve', '--data', folder, '--listen', '127.0.0.1:0'], { env: quiet, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = '', base = null
  const gone = new Promise((done) => child.once('exit', (code, signal) => done({ code, signal })))
  child.stderr.on('data', (piece) => { said = (said + piece).slice(-20_000) })
  base = await new Promise((done, failed) => {
    let out = ''
    child.stdout.on('data', (piece) => { out += piece; const found = /http:\/\/127\.0\.0\.1:\d+/.exec(out); if (found) done(found[0]) })
    gone.then(({ code, signal }) => failed(new Error(`serve ended (${code ?? signal}) before it listened\n${said}`)))
  })
  const deadline = Date.now() + 60_000
  while (!(await fetch(`${base}/api/health`).then((a) => a.ok, () => false))) {
    if (Date.now() > deadline) { child.kill('SIGKILL'); throw new Error(`no answer from ${base}/api/health\n${said}`) }
    await new Promise((next) => setTimeout(next, 50))
  }
  return {
    base, folder, child,
    said: () => said,
    async stop() { child.kill('SIGTERM'); const timer = setTimeout(() => child.kill('SIGKILL'), 5000); const end = await gone; clearTimeout(timer); return end },
    async kill() { child.kill('SIGKILL'); return gone },
  }
}
export const away = (folder) => { if (!process.env.E2E_LEAVE) rmSync(folder, { recursive: true, force: true }) }
