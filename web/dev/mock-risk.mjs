// MOCK. The made-up answers behind the risk screens: shaped as the contract says, computed roughly or invented. Nothing here is
// a reference and nothing is shipped. Every answer carries `synthetic: true`.
import { areas, base64, compare, matcher, metresPerDegree, mockCity, periodOf, place, random, records, startOfDay, yearBefore, zone, centre } from './mock-map.mjs'

const HOUR = 3_600_000, DAY = 24 * HOUR, WEEK = 7 * DAY
const source = '110 接处警、事故登记（模拟数据）'
const basis = (n, period, method) => ({ n, period, method: `${method}（模拟）`, source, synthetic: true, computed_ms: 9 })
const hash = (text) => [...text].reduce((h, c) => (Math.imul(h, 31) + c.charCodeAt(0)) >>> 0, 7)
const metres = ([lon, lat]) => [(lon - centre[0]) * metresPerDegree[0], (lat - centre[1]) * metresPerDegree[1]]
const thenOf = (query, period) => (query.get('compare_from') ? [Number(query.get('compare_from')), Number(query.get('compare_to'))] : yearBefore(period))

/** Excess, Gi* and density by rule of thumb, and the order that was asked for. */
export function withRank(items, query) {
  for (const g of items) {
    const n = g.calls + g.crashes
    g.excess = Math.round((n - g.expected) * 0.8 * 10) / 10
    g.p_excess = Math.min(0.9999, Math.max(0.02, 1 - g.p * 3))
    const z = (n - g.expected) / Math.sqrt(g.expected) * 0.55 + ((hash(g.key) % 100) - 50) / 60
    g.gi = { z, p: Math.exp(-z * z / 2) / 2, q: Math.min(1, Math.exp(-z * z / 2) * 3) }
    g.density = Math.round((n / 0.6) * 10) / 10
  }
  const by = { excess: (g) => g.excess, count: (g) => g.calls + g.crashes, score: (g) => g.score, gi: (g) => g.gi.z }[query.get('rank') ?? 'excess'] ?? ((g) => g.excess)
  items.sort((a, b) => by(b) - by(a))
}
export function withEvidence(found, list) {
  const n = found.calls + found.crashes, weight = found.expected / (found.expected + 6)
  const estimate = Math.round((weight * n + (1 - weight) * found.expected) * 10) / 10
  const night = list.filter((s) => [22, 23, 0, 1, 2].includes(new Date(s.at + zone).getUTCHours())).length
  const rear = list.filter((s) => /追尾/.test(s.words)).length
  return {
    eb: { expected: found.expected, estimate, sd: Math.round(Math.sqrt(estimate * weight + 1) * 10) / 10, excess: Math.round((estimate - found.expected) * 10) / 10, p_excess: found.p_excess, model: '负二项安全性能函数：路口类别、暴露量未知（模拟）' },
    patterns: [
      { what: '时段', value: '夜间 22–2 点', n: night + 6, expected: Math.round(n * 0.09 * 10) / 10, p: 0.0021 },
      { what: '事故形态', value: '追尾', n: rear + 4, expected: Math.round(n * 0.12 * 10) / 10, p: 0.018 },
      { what: '星期', value: '周末', n: Math.round(n * 0.21), expected: Math.round(n * 0.2857 * 10) / 10, p: 0.31 },
    ],
  }
}

// ---- streets: pieces of 60 m with the records near them ----
let lixels = null
function pieces() {
  if (lixels) return lixels
  lixels = []
  for (const road of mockCity.roads) {
    for (let k = 1; k < road.line.length; k++) {
      const [a, b] = [road.line[k - 1], road.line[k]]
      const count = Math.max(1, Math.round(Math.hypot(b[0] - a[0], b[1] - a[1]) / 60))
      for (let i = 0; i < count; i++) lixels.push([0, 0.5, 1].map((half) => { const t = (i + half) / count; return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t] }))
    }
  }
  return lixels
}
function streetValues(points, bandwidth, wanted) {
  const cells = new Map()
  for (const s of points) {
    const [x, y] = metres([s.lon, s.lat])
    const key = `${Math.floor(x / bandwidth)},${Math.floor(y / bandwidth)}`
    if (!cells.has(key)) cells.set(key, [])
    cells.get(key).push([x, y])
  }
  return wanted.map(([, [x, y]]) => {
    let sum = 0
    const [cx, cy] = [Math.floor(x / bandwidth), Math.floor(y / bandwidth)]
    for (let i = cx - 1; i <= cx + 1; i++) for (let j = cy - 1; j <= cy + 1; j++) for (const [px, py] of cells.get(`${i},${j}`) ?? []) {
      const d = ((px - x) ** 2 + (py - y) ** 2) / (bandwidth * bandwidth)
      if (d < 1) sum += 1 - d
    }
    return (sum * 0.75) / (bandwidth / 1000) / 2.2
  })
}
function streets(query, now) {
  const period = periodOf(query, now), then = thenOf(query, period), bandwidth = Number(query.get('bandwidth')) || 300
  const bbox = query.get('bbox').split(',').map(Number), isMinus = query.get('compare') === 'minus'
  const inside = ([, p]) => { const [lon, lat] = place(p); return lon > bbox[0] && lon < bbox[2] && lat > bbox[1] && lat < bbox[3] }
  const points = records(now).filter(matcher(query, now, ...period)), before = isMinus ? records(now).filter(matcher(query, now, ...then)) : []
  const seen = pieces().filter(inside)
  let values = streetValues(points, bandwidth, seen)
  if (isMinus) { const old = streetValues(before, bandwidth, seen); values = values.map((v, i) => v - old[i]) }
  const kept = seen.map((piece, i) => [piece, values[i]]).filter(([, v]) => v !== 0)
  const starts = new Uint32Array(kept.length + 1), flat = new Int32Array(kept.length * 6)
  kept.forEach(([piece], i) => { starts[i + 1] = (i + 1) * 3; piece.forEach((p, k) => { const [lon, lat] = place(p); flat[i * 6 + k * 2] = Math.round(lon * 1e6); flat[i * 6 + k * 2 + 1] = Math.round(lat * 1e6) }) })
  const numbers = Float32Array.from(kept, ([, v]) => v)
  return { ...basis(points.length, period, '路网核密度，路口均分'), ...(isMinus ? { n_then: before.length, period_then: then, comparison: compare(points.length, before.length) } : {}), bandwidth_m: bandwidth, lixel_m: 60, estimator: query.get('estimator') ?? 'discontinuous', unit: 'per_km', max: numbers.reduce((a, b) => Math.max(a, b), 0), min: numbers.reduce((a, b) => Math.min(a, b), 0), streets: { starts: base64(starts), points: base64(flat), values: base64(numbers) } }
}

// ---- hexagons ----
function hexOutline(size) {
  const r = size / Math.sqrt(3)
  return Array.from({ length: 6 }, (_, k) => { const a = Math.PI / 6 + (k * Math.PI) / 3; return [(r * Math.cos(a)) / metresPerDegree[0], (r * Math.sin(a)) / metresPerDegree[1]] })
}
function hexOf([x, y], size) {
  const row = Math.round(y / (size * 0.8660254)), column = Math.round(x / size - (row % 2 ? 0.5 : 0))
  return [column, row]
}
const hexCentre = ([column, row], size) => place([(column + (row % 2 ? 0.5 : 0)) * size, row * size * 0.8660254])
function hexCount(points, size) {
  const cells = new Map()
  for (const s of points) { const cell = hexOf(metres([s.lon, s.lat]), size), key = cell.join(); const one = cells.get(key) ?? { cell, n: 0 }; one.n++; cells.set(key, one) }
  return cells
}
function hexagons(query, now) {
  const period = periodOf(query, now), then = thenOf(query, period), size = Number(query.get('size')) || 500, isMinus = query.get('compare') === 'minus'
  const points = records(now).filter(matcher(query, now, ...period)), before = records(now).filter(matcher(query, now, ...then))
  const cells = hexCount(points, size), old = hexCount(before, size)
  const mean = points.length / Math.max(1, cells.size), spread = Math.sqrt([...cells.values()].reduce((sum, c) => sum + (c.n - mean) ** 2, 0) / Math.max(1, cells.size)) || 1
  return {
    ...basis(points.length, period, isMinus ? '逐格精确检验，错误发现率 5%' : 'Gi*，错误发现率 5%'), ...(isMinus ? { n_then: before.length, period_then: then, comparison: compare(points.length, before.length) } : {}), size_m: size, outline: hexOutline(size),
    cells: [...cells.entries()].map(([key, { cell, n }]) => {
      const [lon, lat] = hexCentre(cell, size), was = old.get(key)?.n ?? 0, z = (n - mean) / spread * 1.7, q = Math.min(1, Math.exp(-z * z / 2) * 3)
      const c = compare(n, was), sure = c.ratio !== null && (c.low > 1 || c.high < 1)
      return { lon, lat, n, ...(isMinus ? { then: was, change: { ratio: c.ratio, low: c.low, high: c.high, p: c.p, q: sure ? (Math.abs(Math.log(c.ratio)) > 0.9 ? 0.0004 : 0.02) : 0.4, significant: !!sure } } : {}), gi_z: z, gi_q: q }
    }),
  }
}

// ---- time ----
function time(query, now) {
  const period = periodOf(query, now), start = startOfDay(records(now).at(-1).at), count = Math.ceil((now - start) / DAY)
  const bins = Array(count).fill(0), hours = Array.from({ length: 7 }, () => Array(24).fill(0))
  const free = new URLSearchParams([...query].filter(([k]) => !['hours', 'weekdays'].includes(k)))
  let n = 0
  for (const s of records(now).filter(matcher(query, now, 0, now))) bins[Math.floor((s.at - start) / DAY)]++
  for (const s of records(now).filter(matcher(free, now, ...period))) { const local = new Date(s.at + zone); hours[(local.getUTCDay() + 6) % 7][local.getUTCHours()]++; n++ }
  return { ...basis(n, period, '按日计数'), bin_ms: DAY, bins, start, span: [start, now], hours }
}

// ---- black spots ----
const rules = [
  { id: 'mock-national', name: '全国：3 年内同一路口或 500 m 路段', level: '国家', source: '模拟来源，未核对', version: '模拟 1', confirmed: false, window_years: 3, text: '三年内发生 3 起以上有人员死亡或重伤的事故，或同一形态的事故 5 起以上。（模拟文字）' },
  { id: 'mock-province', name: '某省：1 年内 200 m 路段', level: '省', source: '模拟来源，未核对', version: '模拟 2', confirmed: false, window_years: 1, text: '一年内同一 200 m 路段或路口发生 8 起以上事故。（模拟文字）' },
  { id: 'mock-germany', name: '德国 M Uko：1 年 5 起同类', level: '国外', source: 'M Uko 2012（模拟引用）', version: '2012', confirmed: true, window_years: 1, text: '一年内同一类型的事故 5 起以上，或三年内 5 起以上有人受伤。（模拟文字）' },
]
const listed = new Map()
function blackSpots(query, now) {
  const rule = rules.find((one) => one.id === query.get('rule')) ?? rules[0]
  const to = Number(query.get('to')) || now, period = [to - rule.window_years * 365 * DAY, to]
  const crashes = records(now).filter((s) => s.kind === 'crash' && s.at >= period[0] && s.at < to && s.valid)
  const groups = new Map()
  for (const s of crashes) { const g = groups.get(s.place.key) ?? { key: s.place.key, name: s.place.name, kind: s.place.kind, list: [] }; g.list.push(s); groups.set(s.place.key, g) }
  const least = { 'mock-national': 40, 'mock-province': 22, 'mock-germany': 25 }[rule.id]
  const items = [...groups.values()].filter((g) => g.list.length >= least && hash(g.key + rule.id) % 5).sort((a, b) => b.list.length - a.list.length).slice(0, 40).map((g, i) => {
    const n = g.list.length, deaths = g.list.reduce((sum, s) => sum + s.deaths, 0), injured = g.list.reduce((sum, s) => sum + s.injured, 0), fatal = g.list.filter((s) => s.severity === 'fatal').length, slight = g.list.filter((s) => s.severity === 'slight').length
    const at = (hash(g.key) % 90) / 10, isJunction = g.kind === 'crossing', stake = (km) => `K${Math.floor(km)}+${String(Math.round((km % 1) * 1000)).padStart(3, '0')}`
    const status = listed.get(g.key)?.status ?? ['found', 'found', 'listed', 'treated'][hash(g.key) % 4]
    const road = mockCity.wholeRoads.find((one) => `r:${one.name}` === g.key)
    return {
      key: `${rule.id}:${g.key}`, rank: i + 1, unit: isJunction ? 'junction' : 'interval', name: g.name, lon: g.list[0].lon, lat: g.list[0].lat, line: road ? road.line.slice(0, 2).map(place) : null, road: isJunction ? null : g.name,
      from_stake: isJunction ? null : stake(at), to_stake: isJunction ? null : stake(at + 0.5), direction: isJunction ? null : ['上行', '下行'][hash(g.key) % 2], length_m: isJunction ? 0 : 500, n, deaths, injured,
      by_severity: { fatal, serious: Math.floor(slight / 4), slight: slight - Math.floor(slight / 4), damage: n - fatal - slight, unknown: 0 }, score: fatal * 5 + slight * 2 + n,
      pattern: hash(g.key) % 3 ? { what: '事故形态', value: ['追尾', '左转冲突', '夜间 22–2 点'][hash(g.key) % 3], n: Math.round(n * 0.4), expected: Math.round(n * 0.18 * 10) / 10, p: 0.003 } : null,
      status, since: status === 'found' ? null : (listed.get(g.key)?.at ?? now - 200 * DAY), spot: g.key, case: status === 'treated' ? { id: 'c1', number: 'YH-2026-1107' } : null,
    }
  })
  return { ...basis(crashes.length, period, '按规则滑动窗口'), rules, rule: rule.id, items }
}

// ---- forecast ----
const weekName = (ms) => { const day = new Date(ms + zone + 3 * DAY); const year = day.getUTCFullYear(); return `${year}-W${String(Math.floor((day - Date.UTC(year, 0, 1)) / WEEK) + 1).padStart(2, '0')}` }
const monday = (now) => { const day = startOfDay(now); return day - ((new Date(day + zone).getUTCDay() + 6) % 7) * DAY }
const shape = [2, 1, 1, 1, 1, 2, 5, 10, 11, 8, 7, 7, 6, 7, 8, 8, 9, 11, 12, 9, 7, 6, 4, 3].map((n) => n / 156)
const interval = (mean) => [Math.max(0, Math.round((mean - 1.75 * Math.sqrt(mean)) * 10) / 10), Math.round((mean + 1.75 * Math.sqrt(mean) + 0.6) * 10) / 10]
function forecast(query, now) {
  const next = monday(now) + WEEK, starts = Array.from({ length: 10 }, (_, k) => next - k * WEEK), wanted = starts.find((ms) => weekName(ms) === query.get('week')) ?? next
  const size = 1000, isPast = wanted + WEEK <= now, all = records(now).filter((s) => s.at < Math.min(wanted, now) && s.at > wanted - 70 * DAY), weeks = 10 - (wanted > now ? 1 : 0)
  const actual = isPast ? hexCount(records(now).filter((s) => s.at >= wanted && s.at < wanted + WEEK), size) : null
  const cells = [...hexCount(all, size).entries()].map(([key, { cell, n }]) => {
    const mean = Math.round((n / weeks) * 10) / 10, [low, high] = interval(mean), [lon, lat] = hexCentre(cell, size), here = metres([lon, lat])
    const near = areas.reduce((best, one) => (Math.hypot(one.at[0] - here[0], one.at[1] - here[1]) < Math.hypot(best.at[0] - here[0], best.at[1] - here[1]) ? one : best))
    return { key, name: `${near.name} ${cell[0] + 20}-${cell[1] + 20}`, lon, lat, mean, low, high, ...(isPast ? { actual: actual.get(key)?.n ?? 0 } : {}) }
  }).filter((c) => c.mean > 0).sort((a, b) => b.mean - a.mean).map((c, i) => ({ ...c, rank: i + 1 }))
  const total = Math.round(cells.reduce((sum, c) => sum + c.mean, 0)), [low, high] = interval(total)
  const score = (week) => { const r = random(hash(week)); const reference = 0.62 + r() * 0.06, crps = reference * (0.86 + r() * 0.16); return { week, crps, crps_reference: reference, coverage90: 0.84 + r() * 0.1, pai1: 6 + r() * 4, n: 168 * cells.length } }
  const one = score(weekName(wanted))
  return {
    ...basis(isPast ? [...actual.values()].reduce((sum, c) => sum + c.n, 0) : all.length, [wanted, wanted + WEEK], '时空计数模型'), weeks: starts.map(weekName), week: weekName(wanted), from: wanted, to: wanted + WEEK, published_at: wanted - 20 * HOUR, model: '网格 × 小时的负二项计数模型（模拟）',
    n_forecast: total, low, high, n_actual: isPast ? [...actual.values()].reduce((sum, c) => sum + c.n, 0) : null, hours: weekHours(total, wanted, isPast, now), cells, size_m: size, outline: hexOutline(size),
    score: isPast ? { crps: one.crps, crps_reference: one.crps_reference, skill: 1 - one.crps / one.crps_reference, coverage: [0.5, 0.8, 0.9, 0.95].map((nominal) => ({ nominal, actual: Math.min(1, nominal + (one.coverage90 - 0.9) * (1.2 - nominal)) })), pai: [0.005, 0.01, 0.02, 0.05].map((share, k) => ({ share, pai: one.pai1 * [1.15, 1, 0.8, 0.55][k], hit: Math.min(1, share * one.pai1 * [1.15, 1, 0.8, 0.55][k]) })), n: one.n } : null,
    history: starts.filter((ms) => ms + WEEK <= now).map((ms) => score(weekName(ms))),
  }
}
function weekHours(total, from, isPast, now, only = () => true) {
  const counts = Array(168).fill(0)
  if (isPast) for (const s of records(now)) if (s.at >= from && s.at < from + WEEK && only(s)) counts[Math.floor((s.at - from) / HOUR)]++
  return Array.from({ length: 168 }, (_, i) => { const mean = Math.round((total / 7) * shape[i % 24] * 100) / 100, [low, high] = interval(mean); return { mean, low, high, ...(isPast ? { actual: counts[i] } : {}) } })
}

// ---- repeat calls ----
const corrections = []
function repeats(query, now) {
  const period = periodOf(query, now), list = records(now).filter(matcher(query, now, ...period)).filter((s) => s.kind === 'call')
  const byPlace = new Map()
  for (const s of [...list].reverse()) { if (!byPlace.has(s.place.key)) byPlace.set(s.place.key, []); byPlace.get(s.place.key).push(s) }
  const items = []
  const reasons = (i) => i === 0 ? ['最早的一起'] : [`沿路网相距 ${20 + i * 15} m`, `相隔 ${3 + i * 4} 分钟`, '都说到“追尾”']
  for (const [key, calls] of byPlace) {
    let group = []
    const close = () => {
      if (group.length > 1) items.push({ id: `i-${group[0].id}`, kind: 'incident', class: group[0].class, name: group[0].place.name, lon: group[0].lon, lat: group[0].lat, first: group[0].at, last: group.at(-1).at, n_calls: group.length, n_incidents: 1, calls: group.map((s, i) => ({ id: s.id, at: s.at, words: s.words, place_name: s.place.name, lon: s.lon, lat: s.lat, incident: group[0].id, by: corrections.some((c) => [c.left, c.right].includes(s.id)) ? 'hand' : i > 2 ? 'learnt' : 'rule', likelihood: i === 0 ? null : 0.97 - i * 0.06, why: reasons(i) })) })
      group = []
    }
    for (const s of calls) { if (group.length && s.at - group[0].at > 40 * 60_000) close(); group.push(s) }
    close()
    const trouble = calls.filter((s) => /信号灯|油污|井盖|路灯/.test(s.words)).slice(0, 6)
    if (trouble.length > 2) items.push({ id: `t-${key}`, kind: 'trouble', class: 'order', name: trouble[0].place.name, lon: trouble[0].lon, lat: trouble[0].lat, first: trouble[0].at, last: trouble.at(-1).at, n_calls: trouble.length, n_incidents: trouble.length, calls: trouble.map((s, i) => ({ id: s.id, at: s.at, words: s.words, place_name: s.place.name, lon: s.lon, lat: s.lat, incident: s.id, by: 'rule', likelihood: i ? 0.8 : null, why: i ? ['同一路口', `相隔 ${i * 2} 天`, '同一类问题'] : ['最早的一起'] })) })
  }
  items.sort((a, b) => b.n_calls - a.n_calls || b.last - a.last)
  const start = Number(query.get('cursor')) || 0, limit = Number(query.get('limit')) || 50, repeated = items.filter((c) => c.kind === 'incident').reduce((sum, c) => sum + c.n_calls - 1, 0)
  return { ...basis(list.length, period, '地点、时间、类别、文字的合并规则'), n_calls: list.length, n_incidents: list.length - repeated, n_troubles: items.filter((c) => c.kind === 'trouble').length, n_repeats: repeated, rate: repeated / Math.max(1, list.length), rule: { text: '同一件事：沿路网 200 m 内、40 分钟内、同一类别，文字相近。重复警情率 = 被合并的警情 ÷ 全部有效警情。（模拟定义）' }, items: items.slice(start, start + limit), next: start + limit < items.length ? String(start + limit) : null, total: items.length }
}

/** Answers a request of the risk screens; false when it is not ours. `MOCK_RISK=empty` or `=fail` shows those states. */
export function answerRisk(json, request, response, url, body, now) {
  const query = url.searchParams, path = url.pathname
  const own = /^\/api\/(street-density|hexagons|time|black-spots|forecast|repeats)/.test(path)
  if (!own && !path.endsWith('.pdf')) return false
  const fake = query.get('area') === 'none' ? 'empty' : process.env.MOCK_RISK
  if (own && fake === 'fail') return json({ code: 'too_wide', message: '范围太大，请放大地图或缩短时段。（模拟）' }, 422)
  if (path.endsWith('.pdf')) { response.writeHead(200, { 'Content-Type': 'application/pdf', 'Content-Disposition': 'attachment; filename="mock.pdf"' }); response.end('%PDF-1.4\n% mock, not a document\n'); return true }
  if (path === '/api/street-density') return json(streets(query, now))
  if (path === '/api/hexagons') return json(hexagons(query, now))
  if (path === '/api/time') return json(time(query, now))
  if (path === '/api/black-spots') { const found = blackSpots(query, now); return json(fake === 'empty' ? { ...found, items: [] } : found) }
  const act = /^\/api\/black-spots\/(.+)\/(list|delist)$/.exec(path)
  if (act) {
    if (!body?.reason) return json({ code: 'invalid', message: '请写明理由' }, 422)
    listed.set(decodeURIComponent(act[1]).replace(/^[\w-]+:/, ''), { status: act[2] === 'list' ? 'listed' : 'delisted', at: now })
    return json({})
  }
  if (path === '/api/forecast') { const found = forecast(query, now); return json(fake === 'empty' ? { ...found, cells: [], hours: [], history: [], score: null } : found) }
  if (path === '/api/forecast/cell') {
    const whole = forecast(query, now), cell = whole.cells.find((one) => one.key === query.get('key'))
    return json({ key: cell.key, hours: weekHours(cell.mean, whole.from, whole.n_actual !== null, now, (s) => hexOf(metres([s.lon, s.lat]), 1000).join() === cell.key) })
  }
  if (path === '/api/repeats') { const found = repeats(query, now); return json(fake === 'empty' ? { ...found, items: [] } : found) }
  if (path === '/api/repeats/corrections') { corrections.push(body); return json({ items: [] }) }
  return false
}
