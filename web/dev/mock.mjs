// A made-up server for driving the screens without the real one. NOT shipped, NOT a reference: it keeps everything in
// memory, checks almost nothing and invents its data. Shape: the HTTP API the real server documents.
// Use: node dev/mock.mjs [port]   (serves ../dist too, under the same strict CSP as the real server)
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cases, categories, city, demo, definition, events, hazardSchema, me, people, rows, scoreboard, signals, units, fullCase, publicCase } from './mock-data.mjs'
import { answerMap, isMapPath, mapCity } from './mock-map.mjs'

const port = Number(process.argv[2] ?? process.env.PORT ?? 8080)
const dist = fileURLToPath(new URL('../dist', import.meta.url))
const CSP = "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.webmanifest': 'application/manifest+json', '.json': 'application/json' }
const sessions = new Map()
const streams = new Set()
let photos = 0

const body = request => new Promise(done => { const parts = []; request.on('data', c => parts.push(c)); request.on('end', () => done(Buffer.concat(parts))) })
class Problem extends Error { constructor(status, code, message, more = {}) { super(message); Object.assign(this, { status, code, more }) } }
const lang = request => request.headers['accept-language']?.startsWith('en') ? 'en' : 'zh'
const say = (l, zh, en) => l === 'en' ? en : zh

function filterCases(query, who) {
  const q = query.get('q')?.toLowerCase(), base = query.get('base')?.split(','), now = Date.now()
  const inBox = box => rows.filter(r => box === 'todo' ? !r.closed_at && (['route'].includes(r.stage.base) || (r.stage.base === 'handle' && r.unit?.id === 'transport')) : box === 'unit' ? r.unit?.id === 'transport' : box === 'mine' ? r.n % 7 === 0 : box === 'review' ? r.stage.base === 'review' : true)
  const counts = Object.fromEntries(['todo', 'unit', 'mine', 'review', 'all'].map(b => [b, inBox(b).length]))
  let list = inBox(query.get('box') ?? 'todo')
  if (base) list = list.filter(r => base.includes(r.stage.base))
  if (query.get('unit')) list = list.filter(r => r.unit?.id === query.get('unit'))
  if (query.get('overdue') === '1') list = list.filter(r => !r.closed_at && r.due_at < now)
  if (q) list = list.filter(r => (r.number + r.title + r.place.name).toLowerCase().includes(q))
  const limit = Number(query.get('limit') ?? 50), from = Number(query.get('cursor') ?? 0)
  return { items: list.slice(from, from + limit), next: from + limit < list.length ? String(from + limit) : null, total: list.length, counts }
}

async function answer(request, url) {
  const { pathname: path, searchParams: query } = url, l = lang(request), method = request.method
  const key = `${method} ${path}`
  const cookie = /gz=(\w+)/.exec(request.headers.cookie ?? '')?.[1]
  const who = sessions.get(cookie)
  const open = path.startsWith('/api/public') || ['/api/session', '/api/city', '/api/demo'].includes(path)
  if (!open && !who) throw new Problem(401, 'signed_out', say(l, '请先登录。', 'Please sign in.'))
  if (method !== 'GET' && !path.startsWith('/api/public') && request.headers['x-gongzhi'] !== '1') throw new Problem(403, 'csrf', 'X-Gongzhi')
  const raw = method === 'GET' ? null : await body(request)
  const data = raw?.length && request.headers['content-type']?.includes('json') ? JSON.parse(raw.toString()) : {}
  let m
  if (key === 'POST /api/session') {
    const found = demo.logins.find(one => one.login === data.login && data.password === one.password)
    if (!found) throw new Problem(401, 'wrong_password', say(l, '账号或密码不对，请核对后重试。', 'Login or password is wrong. Please check and try again.'))
    const id = Math.random().toString(36).slice(2)
    sessions.set(id, found)
    return { json: me(found, l), cookie: `gz=${id}; HttpOnly; SameSite=Lax; Path=/` }
  }
  if (key === 'GET /api/session') { if (!who) throw new Problem(401, 'signed_out', ''); return { json: me(who, l) } }
  if (key === 'DELETE /api/session') { sessions.delete(cookie); return { status: 204 } }
  if (key === 'GET /api/city') return { json: { ...city, ...mapCity, now: Date.now() } }
  if (key === 'GET /api/demo') return { json: { ...demo, logins: demo.logins.map(one => ({ ...one, name: one.person, role: say(l, ...one.roles_label), unit: say(l, ...one.unit_label) })) } }
  if (key === 'GET /api/cases') return { json: filterCases(query, who) }
  if (key === 'POST /api/cases') {
    if (!data.fields?.description) throw new Problem(422, 'invalid', say(l, '有内容需要修改。', 'Something needs correction.'), { fields: { '/description': say(l, '请写清隐患情况', 'Please describe the hazard') } })
    return { status: 201, json: fullCase(rows[0], l, who) }
  }
  if ((m = /^\/api\/cases\/([^/]+)$/.exec(path))) { const row = cases.get(m[1]); if (!row) throw new Problem(404, 'missing', say(l, '没有这件事项。', 'No such matter.')); return { json: fullCase(row, l, who) } }
  if ((m = /^\/api\/cases\/([^/]+)\/actions\/(\w+)$/.exec(path))) {
    const row = cases.get(m[1])
    if (data.version !== row.version) throw new Problem(409, 'version_conflict', say(l, '别人刚刚处理过这件事项。', 'Somebody has just changed this matter.'), { by: '李国强', at: Date.now() - 30000 })
    if (m[2] === 'submit' && !data.fields?.measure) throw new Problem(422, 'invalid', say(l, '有内容需要修改。', 'Something needs correction.'), { fields: { '/measure': say(l, '请写清采取的措施', 'Please say what was done') } })
    row.version++
    const next = { accept: ['handling', '处理中', 'handle'], dispatch: ['accepting', '待签收', 'handle'], return: ['received', '待派单', 'route'], submit: ['review', '待复查', 'review'], close: ['closed', '已销号', 'done'], reject: ['handling', '处理中', 'handle'] }[m[2]]
    if (next) row.stage = { id: next[0], label: next[1], base: next[2] }
    return { json: fullCase(row, l, who) }
  }
  if (/\/reveal$/.test(path)) return { json: { value: '13957500001' } }
  if (key === 'GET /api/signals') return { json: { items: signals.slice(0, 50), next: null, total: signals.length } }
  if (key === 'GET /api/scoreboard') return { json: scoreboard(l) }
  if (key === 'GET /api/scoreboard/records') return { json: query.get('indicator') === 'repeat_calls' ? { kind: 'signal', items: signals.slice(0, 20), total: 20 } : { kind: 'case', items: rows.filter(r => r.unit?.id === query.get('unit') || !query.get('unit')).slice(0, 30), total: 43 } }
  if (key === 'GET /api/matters') return { json: [{ id: 'hazard', version: 1, title: { zh: '道路隐患', en: 'Road hazard' }, hash: '9b1f44c2d07a5e31', schema: hazardSchema(l) }] }
  if (key === 'GET /api/matters/hazard') return { json: definition(l) }
  if (key === 'GET /api/units') return { json: units }
  if (key === 'GET /api/people') return { json: people }
  if (key === 'POST /api/people') { const one = { ...data, id: `p${people.length}`, active: true }; delete one.password; people.push(one); return { status: 201, json: one } }
  if ((m = /^\/api\/people\/(.+)$/.exec(path))) { const one = people.find(p => p.id === m[1]); Object.assign(one, data); return { json: one } }
  if (key === 'GET /api/events') return { json: { items: events(l), next: null, total: 40 } }
  if (key === 'GET /api/ledger') return { json: { heads: 264, last_anchor: { at: Date.now() - 3e7, hash: '8f1c22d0a9b34f66e1705b7be2a0c11d' }, verified_at: Date.now() - 6e6 } }
  if (key === 'POST /api/ledger/verify') return { json: { ok: true, checked: 1893, break: null } }
  if (key === 'GET /api/public/matters') return { json: [{ id: 'hazard', title: { zh: '道路隐患', en: 'Road hazard' }, description: { zh: '路面、标志、信号、护栏、视线等问题', en: 'Surface, signs, signals, barriers, sight' }, schema: hazardSchema(l) }] }
  if (key === 'GET /api/public/place') return { json: { name: say(l, '中兴大道与胜利东路交叉口', '中兴大道 / 胜利东路'), key: 'crossing:12', in_network: true } }
  if (key === 'GET /api/public/search') return { json: query.get('q').includes('zzz') ? [] : ['中兴大道与胜利东路交叉口', '中兴大道（平江路—阳明北路）', '中兴小学'].map((name, n) => ({ key: `c${n}`, name, lon: city.center[0] + n * .003, lat: city.center[1] + n * .002, confidence: .9 - n * .1, reason: n ? say(l, '路段', 'section') : say(l, '路口', 'crossing') })) }
  if (key === 'GET /api/public/nearby') return { json: rows.slice(3, 5).map((r, n) => ({ number: r.number, title: r.title, stage_label: say(l, '处理中', 'Being handled'), public_status: 'handling', distance_m: 18 + n * 25, opened_at: r.opened_at, token: `T${r.n}` })) }
  if (path.endsWith('/photos') && method === 'POST') return { status: 201, json: { hash: `new${photos++}`, width: 1600, height: 1200, taken_at: null, taken_place: null, url: `/api/photos/new${photos}` } }
  if (key === 'POST /api/public/cases') return { status: 201, json: { number: 'YH-2026-1122-0043', token: 'q7Yx2mKd9s', link: '/t/q7Yx2mKd9s', promised_at: Date.now() + 3 * 864e5, promised_explanation: say(l, '一般隐患 3 个工作日；11 月 22 日为周日，从 11 月 23 日起算。', 'Ordinary hazard: 3 working days; 22 November is a Sunday, so counting starts on the 23rd.') } }
  if ((m = /^\/api\/public\/cases\/([^/]+)$/.exec(path))) { if (m[1] === 'missing') throw new Problem(404, 'missing', say(l, '没有找到这条反映，请核对查询码。', 'No such report. Please check the code.')); return { json: publicCase(l) } }
  if (/^\/api\/public\/cases\/[^/]+\/(support|contest)$/.test(path)) return { json: {} }
  if ((m = /^\/api\/(?:public\/cases\/[^/]+\/)?photos\/([^/]+)$/.exec(path))) return { type: 'image/svg+xml', bytes: picture(m[1]) }
  throw new Problem(404, 'missing', say(l, '模拟服务器没有这个接口。', 'The mock does not know this address.'))
}
function picture(hash) {
  const after = hash.startsWith('after')
  const hole = after ? '' : '<path d="M270 380q60-40 150-18 70 18 44 58-40 46-142 40-110-12-52-80Z" fill="#35332f"/><path d="M292 384q60-30 120-10 50 16 30 40-30 30-110 26-80-10-40-56Z" fill="#23211e"/>'
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="800" height="600" viewBox="0 0 800 600"><rect width="800" height="260" fill="#b9cbd8"/><path d="M0 230h160v-90h60v90h120V90h90v140h110v-60h80v60h180v60H0Z" fill="#8fa1ad"/><path d="M0 260h800v340H0Z" fill="#77806b"/><path d="M300 250h200l260 350H40Z" fill="#5a5b5d"/><path d="M396 262h8l3 40h-14Zm-5 70h18l4 60h-26Zm-8 100h34l6 100h-46Z" fill="#e9e6d8"/>${hole}${after ? '<path d="M262 374q66-44 164-20 76 20 46 66-42 50-156 44-118-14-54-90Z" fill="#454648"/>' : ''}</svg>`)
}

createServer(async (request, response) => {
  const url = new URL(request.url, `http://${request.headers.host}`)
  const send = (status, type, bytes, more = {}) => { response.writeHead(status, { 'Content-Type': type, 'Content-Security-Policy': CSP, 'X-Content-Type-Options': 'nosniff', ...more }); response.end(bytes) }
  try {
    if (isMapPath(url.pathname)) {
      const raw = request.method === 'GET' ? null : await body(request)
      if (answerMap(request, response, url, raw?.length ? JSON.parse(raw.toString()) : null)) return
    }
    if (url.pathname === '/api/stream') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' })
      response.write(`id: 1\nevent: hello\ndata: {}\n\n`)
      streams.add(response)
      request.on('close', () => streams.delete(response))
      return
    }
    if (url.pathname.startsWith('/api/')) {
      const done = await answer(request, url)
      if (done.bytes) return send(200, done.type, done.bytes)
      return send(done.status ?? 200, 'application/json', done.json === undefined ? '' : JSON.stringify(done.json), done.cookie ? { 'Set-Cookie': done.cookie } : {})
    }
    if (url.pathname.startsWith('/tiles/')) return send(204, 'application/vnd.mapbox-vector-tile', '')
    let file = join(dist, normalize(url.pathname))
    if (!extname(file)) file = join(dist, url.pathname.startsWith('/office') ? 'office.html' : 'index.html')
    if (!existsSync(file)) return send(404, 'text/plain', 'not found')
    send(200, types[extname(file)] ?? 'application/octet-stream', await readFile(file))
  } catch (problem) {
    if (!(problem instanceof Problem)) console.error(problem)
    send(problem.status ?? 500, 'application/problem+json', JSON.stringify({ code: problem.code ?? 'server', message: problem.message, trace: 'mock-7f3a', ...problem.more }))
  }
}).listen(port, '127.0.0.1', () => console.log(`mock with made-up data at http://127.0.0.1:${port} (staff: clerk / gongzhi-demo at /office)`))
