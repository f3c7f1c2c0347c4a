// The made-up city behind the map screens while developing: tiles, calls, heat, hot spots and the stream.
// Everything follows from one seed; nothing here is shipped.
import { answerRisk, withEvidence, withRank } from './mock-risk.mjs'

const centre = [120.582, 30.0]
const metresPerDegree = [111_320 * Math.cos((centre[1] * Math.PI) / 180), 110_850]
const HOUR = 3_600_000
const DAY = 24 * HOUR
const zone = 8 * HOUR

function random(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = Math.imul(state ^ (state >>> 15), 1 | state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296
  }
}
/** A road's name without its side: 胜利东路 and 胜利西路 are one road. */
const bare = (name) => name.replace(/[东南西北](?=路)/, '')
const place = ([x, y]) => [centre[0] + x / metresPerDegree[0], centre[1] + y / metresPerDegree[1]]

// ---- the city: metres from the centre ----
const eastWest = [['胜利', 'Shengli'], ['解放', 'Jiefang'], ['人民', 'Renmin'], ['延安', 'Yanan'], ['鲁迅', 'Luxun'], ['中兴', 'Zhongxing'], ['环城', 'Huancheng'], ['迪荡', 'Didang'], ['凤林', 'Fenglin'], ['群贤', 'Qunxian'], ['洋江', 'Yangjiang'], ['会稽', 'Kuaiji'], ['二环', 'Erhuan'], ['云东', 'Yundong'], ['文理', 'Wenli'], ['稽山', 'Jishan'], ['平江', 'Pingjiang'], ['五泄', 'Wuxie'], ['阳明', 'Yangming'], ['越西', 'Yuexi'], ['府山', 'Fushan'], ['兴越', 'Xingyue'], ['教育', 'Jiaoyu'], ['涂山', 'Tushan'], ['南池', 'Nanchi'], ['若耶', 'Ruoye'], ['望花', 'Wanghua'], ['城南', 'Chengnan'], ['投醪', 'Toulao'], ['龙山', 'Longshan'], ['昌安', 'Changan'], ['曲屯', 'Qutun']]
function makeCity() {
  const next = random(7)
  const roads = []
  const river = []
  for (let x = -13000; x <= 13000; x += 500) river.push([x, 2100 + 900 * Math.sin(x / 3100) + 350 * Math.sin(x / 1200 + 1)])
  const riverY = (x) => 2100 + 900 * Math.sin(x / 3100) + 350 * Math.sin(x / 1200 + 1)
  const turn = 0.09
  const spin = ([x, y]) => [x * Math.cos(turn) - y * Math.sin(turn), x * Math.sin(turn) + y * Math.cos(turn)]
  const crossings = []
  const levels = []
  for (let i = -15; i <= 15; i++) levels.push(i * 430 + (next() - 0.5) * 110)
  const classOf = (i) => (i % 6 === 0 ? 'primary' : i % 3 === 0 ? 'secondary' : i % 2 === 0 ? 'tertiary' : 'residential')
  const gridRoad = (index, vertical) => {
    const line = []
    const bend = (next() - 0.5) * 260
    for (let j = 0; j <= 30; j++) {
      const along = levels[j]
      const across = levels[index] + bend * Math.sin((j / 30) * Math.PI)
      const reach = Math.hypot(along, across)
      if (reach > 6600 + 500 * Math.sin(index * 3 + (vertical ? 1 : 2))) {
        if (line.length > 2) break
        line.length = 0
        continue
      }
      line.push(spin(vertical ? [across, along] : [along, across]))
    }
    return line
  }
  for (let i = 0; i < 31; i++) {
    for (const vertical of [false, true]) {
      const roadClass = classOf(i - 15)
      if (roadClass === 'residential' && next() < 0.3) continue
      const line = gridRoad(i, vertical)
      if (line.length < 3) continue
      const [zh, en] = eastWest[(i * 2 + (vertical ? 1 : 0)) % eastWest.length]
      const major = roadClass === 'primary' ? '大道' : '路'
      const middle = Math.floor(line.length / 2)
      const halves = roadClass === 'residential' ? [[line, '']] : [[line.slice(0, middle + 1), vertical ? '南' : '西'], [line.slice(middle), vertical ? '北' : '东']]
      const english = { 南: 'South ', 北: 'North ', 西: 'West ', 东: 'East ', '': '' }
      for (const [part, side] of halves) roads.push({ line: part, class: roadClass, name: roadClass === 'primary' ? `${zh}大道` : `${zh}${side}${major}`, name_en: roadClass === 'primary' ? `${en} Avenue` : `${en} ${english[side]}Road` })
      if (next() < 0.7) {
        for (let k = 0; k < line.length - 1; k++) {
          if (next() < 0.45) continue
          const a = line[k], b = line[k + 1]
          const m = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]
          const normal = vertical ? [1, 0] : [0, 1]
          roads.push({ line: [m, [m[0] + normal[0] * 205, m[1] + normal[1] * 205 + 12]], class: next() < 0.5 ? 'service' : 'residential', name: '', name_en: '' })
        }
      }
    }
  }
  // dual carriageway ring, expressway with tunnel and bridge, radials
  const circle = (radius, offset = 0) => Array.from({ length: 73 }, (_, k) => [(radius + offset) * Math.cos((k * Math.PI) / 36), (radius + offset) * 0.9 * Math.sin((k * Math.PI) / 36)])
  for (const offset of [-14, 14]) roads.push({ line: circle(7000, offset), class: 'trunk', name: '绕城快速路', name_en: 'Ring Expressway', level: 1 })
  const express = Array.from({ length: 41 }, (_, k) => [-13000 + k * 650, -5200 + k * 265 + 500 * Math.sin(k / 5)])
  for (const offset of [-18, 18]) {
    const line = express.map(([x, y]) => [x, y + offset])
    roads.push({ line: line.slice(0, 12), class: 'motorway', name: '杭甬高速', name_en: 'Hangyong Expressway', ref: 'G92' })
    roads.push({ line: line.slice(11, 16), class: 'motorway', name: '杭甬高速', name_en: 'Hangyong Expressway', ref: 'G92', tunnel: true, level: -1 })
    roads.push({ line: line.slice(15, 28), class: 'motorway', name: '杭甬高速', name_en: 'Hangyong Expressway', ref: 'G92', level: 2, bridge: true })
    roads.push({ line: line.slice(27), class: 'motorway', name: '杭甬高速', name_en: 'Hangyong Expressway', ref: 'G92' })
  }
  for (let k = 0; k < 8; k++) {
    const angle = (k * Math.PI) / 4 + 0.3
    const line = [6400, 7000, 8200, 10000, 12500].map((reach, j) => [reach * Math.cos(angle + j * 0.03), reach * Math.sin(angle + j * 0.03)])
    roads.push({ line, class: k % 2 ? 'secondary' : 'primary', name: `${['柯桥', '袍江', '上虞', '皋埠', '平水', '兰亭', '漓渚', '钱清'][k]}公路`, name_en: `${['Keqiao', 'Paojiang', 'Shangyu', 'Gaobu', 'Pingshui', 'Lanting', 'Lizhu', 'Qianqing'][k]} Highway` })
    for (let v = 0; v < 4; v++) {
      const from = line[2 + (v % 2)]
      const side = v < 2 ? 1 : -1
      roads.push({ line: [from, [from[0] + side * 900 * Math.sin(angle), from[1] - side * 900 * Math.cos(angle)], [from[0] + side * 1700 * Math.sin(angle + 0.3), from[1] - side * 1600 * Math.cos(angle + 0.3)]], class: 'tertiary', name: '', name_en: '' })
    }
  }
  // split where roads cross; bridges over the river
  const pieces = []
  const near = new Map()
  for (const road of roads) {
    const parts = []
    let part = [road.line[0]]
    for (let k = 1; k < road.line.length; k++) {
      part.push(road.line[k])
      parts.push(part)
      part = [road.line[k]]
    }
    for (const line of parts) {
      const [a, b] = [line[0], line[line.length - 1]]
      const crosses = (a[1] - riverY(a[0])) * (b[1] - riverY(b[0])) < 0
      pieces.push({ ...road, line, bridge: road.bridge || (crosses && road.class !== 'service'), level: road.level ?? (crosses ? 1 : 0) })
      if (road.name && !['motorway', 'trunk', 'residential'].includes(road.class)) {
        for (const end of [a, b]) {
          const key = `${Math.round(end[0] / 60)},${Math.round(end[1] / 60)}`
          const known = near.get(key) ?? { at: end, names: new Map(), rank: 0 }
          known.names.set(road.name, road.name_en)
          near.set(key, known)
        }
      }
    }
  }
  for (const [key, { at, names }] of near) {
    if (names.size < 2) continue
    const [first, second] = [...names.keys()]
    if (bare(first) === bare(second)) continue
    crossings.push({ key: `x:${key}`, kind: 'crossing', name: `${first}与${second}交叉口`, at, signal: names.size >= 2 && next() < 0.7, road: first })
  }
  const places = [
    { kind: 'city', name: '示范市', name_en: 'Demo City', rank: 0, at: [0, 0] },
    { kind: 'district', name: '越城区', name_en: 'Yuecheng', rank: 1, at: [-600, -800] },
    { kind: 'district', name: '柯桥区', name_en: 'Keqiao', rank: 1, at: [-9000, 4200] },
    { kind: 'district', name: '上虞区', name_en: 'Shangyu', rank: 1, at: [9800, 3600] },
    ...[['塔山街道', 'Tashan', -1500, -1900], ['府山街道', 'Fushan', -2600, 600], ['蕺山街道', 'Jishan', 1300, 900], ['北海街道', 'Beihai', -3600, -900], ['城南街道', 'Chengnan', 900, -3600], ['迪荡街道', 'Didang', 3700, 900], ['灵芝街道', 'Lingzhi', -1800, 4200], ['皋埠街道', 'Gaobu', 6300, -1800], ['东湖街道', 'Donghu', 5600, 3200], ['鉴湖街道', 'Jianhu', -5600, -3900], ['斗门街道', 'Doumen', 2600, 5800]].map(([name, name_en, x, y]) => ({ kind: 'town', name, name_en, rank: 3, at: [x, y] })),
    ...[['示范市人民医院', 'City Hospital', 'hospital', -900, 1500], ['第二医院', 'Second Hospital', 'hospital', 3100, -1500], ['火车站', 'Railway Station', 'station', -2700, 2700], ['第一中学', 'No.1 Middle School', 'school', 600, -1200], ['培新小学', 'Peixin Primary School', 'school', -1900, -700], ['文理学院', 'University', 'school', -3900, 1500], ['树人小学', 'Shuren Primary School', 'school', 2100, 350], ['塔山公园', 'Tashan Park', 'park', -1250, -2500], ['迪荡湖', 'Didang Lake', 'water', 4400, -600], ['府河', 'Fu River', 'water', -5400, 2700], ['府河', 'Fu River', 'water', 5000, 1900]].map(([name, name_en, kind, x, y]) => ({ kind, name, name_en, rank: 5, at: [x, y] })),
  ]
  const ribbon = [...river.map(([x, y]) => [x, y + 95 + 30 * Math.sin(x / 900)]), ...river.slice().reverse().map(([x, y]) => [x, y - 95])]
  const blob = (x, y, a, b, wave = 0.16) => Array.from({ length: 33 }, (_, k) => { const t = (k * Math.PI) / 16; const r = 1 + wave * Math.sin(3 * t + x) + wave * 0.6 * Math.cos(5 * t + y); return [x + a * r * Math.cos(t), y + b * r * Math.sin(t)] })
  const land = [
    { kind: 'built-up', ring: blob(0, 0, 6900, 6200, 0.05) },
    { kind: 'built-up', ring: blob(-9300, 4300, 1900, 1500) }, { kind: 'built-up', ring: blob(9800, 3700, 1700, 1600) }, { kind: 'built-up', ring: blob(6800, -7600, 1300, 1000) },
    { kind: 'green', ring: blob(-1250, -2500, 520, 380) }, { kind: 'green', ring: blob(-3000, 350, 420, 520) }, { kind: 'green', ring: blob(-9000, -7600, 4200, 3000, 0.2) }, { kind: 'green', ring: blob(2500, -9300, 3600, 2300, 0.2) }, { kind: 'green', ring: blob(4500, -700, 900, 800) }, { kind: 'green', ring: blob(1900, 4300, 500, 420) }, { kind: 'green', ring: blob(9000, 8600, 2600, 1900) },
    { kind: 'water', ring: ribbon }, { kind: 'water', ring: blob(4400, -600, 560, 470) }, { kind: 'water', ring: blob(-5200, -5200, 900, 420, 0.22) },
    { kind: 'water', ring: Array.from({ length: 60 }, (_, k) => [-300 + 300 * Math.sin(k / 7), -9000 + k * 190]).flatMap((p, k, all) => (k < all.length - 1 ? [] : [...all.map(([x, y]) => [x + 26, y]), ...all.slice().reverse().map(([x, y]) => [x - 26, y])])) },
  ]
  const boundary = [{ line: [...blob(0, 0, 8600, 7600, 0.07), blob(0, 0, 8600, 7600, 0.07)[0]], level: 6 }]
  return { roads: pieces, wholeRoads: roads, places, land, boundary, crossings }
}
const city = makeCity()

// crossings of the grid are found where two named roads come within 25 m at a shared vertex or cut each other
;(function findCrossings() {
  const named = city.roads.filter((road) => road.name && !['motorway', 'trunk', 'residential', 'service'].includes(road.class))
  const cells = new Map()
  for (const road of named) {
    const [a, b] = [road.line[0], road.line[road.line.length - 1]]
    for (let x = Math.floor(Math.min(a[0], b[0]) / 500); x <= Math.floor(Math.max(a[0], b[0]) / 500); x++)
      for (let y = Math.floor(Math.min(a[1], b[1]) / 500); y <= Math.floor(Math.max(a[1], b[1]) / 500); y++) {
        const key = `${x},${y}`
        if (!cells.has(key)) cells.set(key, [])
        cells.get(key).push(road)
      }
  }
  const seen = new Set(city.crossings.map((one) => one.name))
  const next = random(11)
  for (const group of cells.values())
    for (let i = 0; i < group.length; i++)
      for (let j = i + 1; j < group.length; j++) {
        const [p, q] = [group[i], group[j]]
        if (bare(p.name) === bare(q.name)) continue
        const cut = intersect(p.line[0], p.line[p.line.length - 1], q.line[0], q.line[q.line.length - 1])
        const name = `${p.name}与${q.name}交叉口`
        if (!cut || seen.has(name)) continue
        seen.add(name)
        city.crossings.push({ key: `x${city.crossings.length}`, kind: 'crossing', name, at: cut, signal: next() < 0.75, road: p.name })
      }
})()
function intersect(a, b, c, d) {
  const r = [b[0] - a[0], b[1] - a[1]], s = [d[0] - c[0], d[1] - c[1]]
  const det = r[0] * s[1] - r[1] * s[0]
  if (Math.abs(det) < 1e-9) return null
  const t = ((c[0] - a[0]) * s[1] - (c[1] - a[1]) * s[0]) / det
  const u = ((c[0] - a[0]) * r[1] - (c[1] - a[1]) * r[0]) / det
  return t >= 0 && t <= 1 && u >= 0 && u <= 1 ? [a[0] + t * r[0], a[1] + t * r[1]] : null
}

// ---- tiles: Mapbox Vector Tile 2.1 by hand ----
class Bytes {
  constructor() { this.out = [] }
  varint(value) { let v = value; while (v > 127) { this.out.push((v % 128) | 128); v = Math.floor(v / 128) } this.out.push(v) }
  tag(field, wire) { this.varint(field * 8 + wire) }
  bytes(field, list) { this.tag(field, 2); this.varint(list.length); for (const b of list) this.out.push(b) }
  text(field, text) { this.bytes(field, Buffer.from(text, 'utf8')) }
}
const zigzag = (n) => (n < 0 ? -n * 2 - 1 : n * 2)
function mercator([x, y]) {
  const [lon, lat] = place([x, y])
  return [(lon + 180) / 360, (1 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / Math.PI) / 2]
}
function encodeTile(z, x, y) {
  const size = 2 ** z
  const inTile = (point) => { const [mx, my] = mercator(point); return [(mx * size - x) * 4096, (my * size - y) * 4096] }
  const pad = 256
  const layer = (name, features) => {
    if (!features.length) return null
    const keys = [], values = [], out = new Bytes()
    out.tag(15, 0); out.varint(2)
    out.text(1, name)
    const blocks = []
    for (const { type, geometry, properties } of features) {
      const tags = []
      for (const [key, value] of Object.entries(properties)) {
        if (value === undefined || value === '' || value === null) continue
        let k = keys.indexOf(key); if (k < 0) k = keys.push(key) - 1
        const stamp = `${typeof value}:${value}`
        let v = values.findIndex((one) => one.stamp === stamp); if (v < 0) v = values.push({ stamp, value }) - 1
        tags.push(k, v)
      }
      const f = new Bytes(), packedTags = new Bytes(), packed = new Bytes()
      tags.forEach((n) => packedTags.varint(n)); geometry.forEach((n) => packed.varint(n))
      f.bytes(2, packedTags.out); f.tag(3, 0); f.varint(type); f.bytes(4, packed.out)
      blocks.push(f.out)
    }
    blocks.forEach((block) => out.bytes(2, block))
    keys.forEach((key) => out.text(3, key))
    for (const { value } of values) {
      const v = new Bytes()
      if (typeof value === 'boolean') { v.tag(7, 0); v.varint(value ? 1 : 0) } else if (typeof value === 'number') { v.tag(6, 0); v.varint(zigzag(value)) } else v.text(1, value)
      out.bytes(4, v.out)
    }
    out.tag(5, 0); out.varint(4096)
    return out.out
  }
  const path = (points, close) => {
    const commands = []
    let [px, py] = [0, 0]
    const rounded = points.map(([a, b]) => [Math.round(a), Math.round(b)]).filter((p, i, all) => i === 0 || p[0] !== all[i - 1][0] || p[1] !== all[i - 1][1])
    if (rounded.length < (close ? 3 : 2)) return null
    rounded.forEach(([a, b], i) => {
      if (i === 0) commands.push(9)
      if (i === 1) commands.push((rounded.length - 1) * 8 + 2)
      commands.push(zigzag(a - px), zigzag(b - py)); [px, py] = [a, b]
    })
    if (close) commands.push(15)
    return commands
  }
  const clipLine = (points) => {
    const parts = []
    let part = []
    for (let i = 1; i < points.length; i++) {
      const cut = clipSegment(points[i - 1], points[i], -pad, 4096 + pad)
      if (!cut) { if (part.length > 1) parts.push(part); part = []; continue }
      if (!part.length) part.push(cut[0])
      part.push(cut[1])
      if (cut[1] !== points[i]) { parts.push(part); part = [] }
    }
    if (part.length > 1) parts.push(part)
    return parts
  }
  const lineFeatures = (line, properties) => clipLine(line.map(inTile)).map((part) => ({ type: 2, geometry: path(part, false), properties })).filter((f) => f.geometry)
  const smallest = { motorway: 6, trunk: 7, primary: 9, secondary: 10, tertiary: 11, residential: 12, service: 13 }
  const layers = [
    layer('land', city.land.flatMap(({ kind, ring }) => { const clipped = clipRing(ring.map(inTile), -pad, 4096 + pad); const g = clipped.length > 2 && path(clipped[0] === clipped[clipped.length - 1] ? clipped.slice(0, -1) : clipped, true); return g ? [{ type: 3, geometry: g, properties: { kind } }] : [] })),
    layer('boundary', city.boundary.flatMap(({ line, level }) => lineFeatures(line, { level }))),
    layer('roads', city.roads.filter((road) => z >= smallest[road.class]).flatMap((road) => lineFeatures(road.line, { class: road.class, name: road.name, name_en: road.name_en, ref: road.ref, bridge: road.bridge || undefined, tunnel: road.tunnel || undefined, level: road.level || undefined }))),
    layer('places', city.places.flatMap(({ at, ...rest }) => pointFeature(inTile(at), { kind: rest.kind, name: rest.name, name_en: rest.name_en, rank: rest.rank }))),
    z >= 15 ? layer('crossings', city.crossings.flatMap(({ at, name, signal }) => pointFeature(inTile(at), { name, signal }))) : null,
  ]
  const out = new Bytes()
  layers.filter(Boolean).forEach((l) => out.bytes(3, l))
  return Buffer.from(out.out)
}
const pointFeature = ([px, py], properties) => (px < 0 || py < 0 || px >= 4096 || py >= 4096 ? [] : [{ type: 1, geometry: [9, zigzag(Math.round(px)), zigzag(Math.round(py))], properties }])
function clipSegment(a, b, low, high) {
  let t0 = 0, t1 = 1
  const dx = b[0] - a[0], dy = b[1] - a[1]
  for (const [p, q] of [[-dx, a[0] - low], [dx, high - a[0]], [-dy, a[1] - low], [dy, high - a[1]]]) {
    if (p === 0) { if (q < 0) return null; continue }
    const r = q / p
    if (p < 0) { if (r > t1) return null; if (r > t0) t0 = r } else { if (r < t0) return null; if (r < t1) t1 = r }
  }
  return [t0 === 0 ? a : [a[0] + t0 * dx, a[1] + t0 * dy], t1 === 1 ? b : [a[0] + t1 * dx, a[1] + t1 * dy]]
}
function clipRing(ring, low, high) {
  let out = ring
  for (const [axis, limit, keepLess] of [[0, low, false], [0, high, true], [1, low, false], [1, high, true]]) {
    const input = out; out = []
    for (let i = 0; i < input.length; i++) {
      const a = input[(i + input.length - 1) % input.length], b = input[i]
      const inside = (p) => (keepLess ? p[axis] <= limit : p[axis] >= limit)
      const cut = () => { const t = (limit - a[axis]) / (b[axis] - a[axis]); return [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])] }
      if (inside(b)) { if (!inside(a)) out.push(cut()); out.push(b) } else if (inside(a)) out.push(cut())
    }
    if (!out.length) return []
  }
  return out
}

// ---- calls ----
const words = {
  accident: ['两车追尾，无人受伤', '电动车与小车刮擦，骑车人倒地', '货车右转碰到电动车，有人受伤', '路口发生碰撞，占用一条车道', '倒车时撞到停放车辆', '行人过街被电动车撞倒', '三车连环追尾，车辆不能移动', '小车撞护栏，驾驶人轻伤'],
  order: ['路口拥堵，红灯时间太长', '违法停车堵住非机动车道', '货车占道卸货', '校门口接送车辆排队', '信号灯不亮', '大货车夜间鸣笛扰民', '渣土车掉落沙土'],
  other: ['咨询事故处理地点', '询问违停罚款', '路面有油污，电动车打滑', '井盖松动', '路灯不亮，看不清行人', '护栏被撞坏没人修'],
}
const areas = city.places.filter((one) => one.kind === 'town').map((one, i) => ({ key: `a${i + 1}`, name: one.name, kind: 'subdistrict', at: one.at }))
const hot = city.crossings.filter((_, i) => i % 7 === 3).slice(0, 14)
let history = null
const startOfDay = (ms) => Math.floor((ms + zone) / DAY) * DAY - zone
function makeHistory(now) {
  const next = random(23)
  const items = []
  const first = startOfDay(now) - 760 * DAY
  const hours = [2, 1, 1, 1, 1, 2, 5, 10, 11, 8, 7, 7, 6, 7, 8, 8, 9, 11, 12, 9, 7, 6, 4, 3]
  const total = hours.reduce((a, b) => a + b)
  for (let day = first; day < now; day += DAY) {
    const count = 150 + Math.floor(next() * 40)
    for (let i = 0; i < count; i++) {
      let pick = next() * total, hour = 0
      while ((pick -= hours[hour]) > 0) hour++
      const at = day + hour * HOUR + Math.floor(next() * HOUR)
      if (at > now) continue
      items.push(makeSignal(items.length, at, next, now))
    }
  }
  items.sort((a, b) => b.at - a.at)
  return items
}
function makeSignal(index, at, next, now) {
  const share = next()
  const age = (now - at) / DAY
  const grown = age < 365
  let spot
  if (share < 0.34) spot = hot[Math.floor(next() ** 1.7 * hot.length * (grown ? 1 : 0.8))]
  else if (share < 0.85) spot = city.crossings[Math.floor(next() * city.crossings.length)]
  const along = city.roads[Math.floor(next() * city.roads.length)]
  const base = spot ? spot.at : along.line[0]
  const spread = spot ? 55 : 20
  const at2 = place([base[0] + (next() + next() - 1) * spread, base[1] + (next() + next() - 1) * spread])
  const kind = next() < 0.17 ? 'crash' : 'call'
  const classId = kind === 'crash' ? 'accident' : next() < 0.42 ? 'accident' : next() < 0.6 ? 'order' : 'other'
  const list = words[classId]
  const text = list[Math.floor(next() * list.length)]
  const area = areas.reduce((best, one) => (Math.hypot(one.at[0] - base[0], one.at[1] - base[1]) < Math.hypot(best.at[0] - base[0], best.at[1] - base[1]) ? one : best))
  const injured = classId === 'accident' && next() < 0.25 ? 1 + Math.floor(next() * 2) : 0
  const deaths = kind === 'crash' && next() < 0.012 ? 1 : 0
  const name = spot?.name ?? (along.name ? `${along.name}` : '未命名道路')
  return {
    id: `s${index}`, kind, class: classId, class_suggested: classId,
    class_reason: { accident: '文字含“碰撞、追尾、刮擦、撞”', order: '文字含“堵、违停、占道、信号灯”', other: '未见事故或秩序用词' }[classId], class_by: kind === 'call' && age < 0.5 && next() < 0.3 ? 'suggestion' : 'source',
    valid: next() > 0.05, at, received_at: at + 20_000, words: text, place_text: `${name.replace('交叉口', '')}${spot ? '路口' : ''}附近`, lon: at2[0], lat: at2[1],
    place: { key: spot?.key ?? `r:${along.name}`, name, kind: spot ? 'crossing' : 'section', confidence: Math.round((0.62 + next() * 0.37) * 100) / 100, reason: spot ? '两条路名都在文字里，且坐标落在路口 30 米内' : '路名在文字里' },
    area: { key: area.key, name: area.name }, severity: kind === 'crash' ? (deaths ? 'fatal' : injured ? 'slight' : 'damage') : null, deaths, injured,
    source: kind === 'crash' ? 'crash_register' : '110', source_key: `JJ${index}`, caller: kind === 'call' ? '139****' + String(1000 + Math.floor(next() * 9000)) : null,
    repeat_of: kind === 'call' && next() < 0.05 && index > 10 ? `s${index - 3}` : null, cases: [], synthetic: true,
  }
}
const records = (now) => (history ??= makeHistory(now))

function matcher(query, now, from, to) {
  const list = (name) => (query.get(name) ? query.get(name).split(',') : null)
  const kinds = list('kind')?.filter((k) => k === 'call' || k === 'crash')
  const classes = list('class'), severity = list('severity'), hours = ranges(query.get('hours')), weekdays = ranges(query.get('weekdays'))
  const area = list('area'), valid = query.get('valid'), q = query.get('q'), key = query.get('place')
  return (s) => {
    if (s.at < from || s.at >= to) return false
    if (kinds?.length && !kinds.includes(s.kind)) return false
    if (classes && !classes.includes(s.class ?? s.class_suggested)) return false
    if (severity && !severity.includes(s.severity)) return false
    if (area && !area.includes(s.area.key)) return false
    if (key && s.place.key !== key) return false
    if (valid !== 'all' && s.valid !== (valid !== '0')) return false
    const local = new Date(s.at + zone)
    if (hours && !hours.has(local.getUTCHours())) return false
    if (weekdays && !weekdays.has(((local.getUTCDay() + 6) % 7) + 1)) return false
    return !q || s.words.includes(q) || s.place.name.includes(q)
  }
}
function ranges(text) {
  if (!text) return null
  const set = new Set()
  for (const part of text.split(',')) {
    const [a, b] = part.split('-').map(Number)
    for (let n = a; n <= (b ?? a); n++) set.add(n)
  }
  return set
}
function periodOf(query, now) {
  return [Number(query.get('from')) || startOfDay(now), Number(query.get('to')) || now]
}
const yearBefore = ([from, to]) => [from - 365 * DAY, to - 365 * DAY]

function density(points, bbox, width, height, bandwidth) {
  const grid = new Float32Array(width * height)
  const cellX = ((bbox[2] - bbox[0]) * metresPerDegree[0]) / width, cellY = ((bbox[3] - bbox[1]) * metresPerDegree[1]) / height
  const reachX = Math.ceil(bandwidth / cellX), reachY = Math.ceil(bandwidth / cellY)
  const norm = 2 / (Math.PI * (bandwidth / 1000) ** 2)
  for (const { lon, lat } of points) {
    const px = ((lon - bbox[0]) / (bbox[2] - bbox[0])) * width - 0.5, py = ((bbox[3] - lat) / (bbox[3] - bbox[1])) * height - 0.5
    for (let y = Math.max(0, Math.floor(py - reachY)); y <= Math.min(height - 1, py + reachY); y++)
      for (let x = Math.max(0, Math.floor(px - reachX)); x <= Math.min(width - 1, px + reachX); x++) {
        const d2 = (((x - px) * cellX) ** 2 + ((y - py) * cellY) ** 2) / bandwidth ** 2
        if (d2 < 1) grid[y * width + x] += norm * (1 - d2)
      }
  }
  return grid
}
const base64 = (grid) => Buffer.from(grid.buffer).toString('base64')
function compare(now, then) {
  const ratio = then ? now / then : null
  const half = then && now ? 1.96 * Math.sqrt(1 / now + 1 / then) : 9
  const low = ratio && ratio * Math.exp(-half), high = ratio && ratio * Math.exp(half)
  const sure = ratio && (low > 1 || high < 1)
  return { ratio, low, high, p: sure ? 0.01 : 0.3, verdict: ratio ? `${then} → ${now}，比 ${ratio.toFixed(2)}，95% CI ${low.toFixed(2)}–${high.toFixed(2)}：${sure ? (ratio > 1 ? '明显上升' : '明显下降') : '差别不显著'}` : '上年同期无记录，不比较' }
}
const method = 'Poisson 上尾概率，按类别均值；Benjamini–Hochberg 控制错误发现率'
function ranking(query, now) {
  const [from, to] = periodOf(query, now)
  const then = query.get('compare_from') ? [Number(query.get('compare_from')), Number(query.get('compare_to'))] : yearBefore([from, to])
  const inside = matcher(query, now, from, to), before = matcher(query, now, ...then)
  const kinds = (query.get('kind') ?? '').split(',')
  const wanted = ['crossing', 'section'].filter((k) => kinds.includes(k))
  const groups = new Map()
  let n = 0
  for (const s of records(now)) {
    const isNow = inside(s), isThen = before(s)
    if (!isNow && !isThen) continue
    if (isNow) n++
    if (wanted.length && !wanted.includes(s.place.kind)) continue
    const g = groups.get(s.place.key) ?? { key: s.place.key, kind: s.place.kind, name: s.place.name, lon: 0, lat: 0, calls: 0, crashes: 0, deaths: 0, injured: 0, then: { calls: 0, crashes: 0 } }
    if (isNow) { g[s.kind === 'crash' ? 'crashes' : 'calls']++; g.deaths += s.deaths; g.injured += s.injured; g.lon += s.lon; g.lat += s.lat } else g.then[s.kind === 'crash' ? 'crashes' : 'calls']++
    groups.set(s.place.key, g)
  }
  const items = [...groups.values()].filter((g) => g.calls + g.crashes > 0)
  const mean = items.reduce((sum, g) => sum + g.calls + g.crashes, 0) / Math.max(1, items.length)
  for (const g of items) {
    const count = g.calls + g.crashes
    g.lon /= count; g.lat /= count
    g.expected = Math.round(mean * (g.kind === 'section' ? 1.3 : 1) * 10) / 10
    const z = (count - g.expected) / Math.sqrt(g.expected)
    g.p = Math.max(1e-9, Math.exp(-(z > 0 ? z * z : 0) / 2) / 2); g.q = Math.min(1, g.p * 6)
    g.significant = g.q < 0.05; g.score = Math.round((count + g.crashes + g.injured) * 10) / 10
    g.comparison = compare(count, g.then.calls + g.then.crashes)
    g.open_cases = g.score > mean * 6 ? [{ id: 'c1', number: 'YH-2026-1107', stage: '处理中' }] : []
    if (g.kind === 'section') {
      const road = city.wholeRoads.find((one) => `r:${one.name}` === g.key)
      if (road) { g.line = road.line.map(place); g.length_m = Math.round(road.line.slice(1).reduce((sum, p, i) => sum + Math.hypot(p[0] - road.line[i][0], p[1] - road.line[i][1]), 0)); const mid = g.line[Math.floor(g.line.length / 2)]; g.lon = mid[0]; g.lat = mid[1] }
    }
  }
  withRank(items, query)
  const limited = items.slice(0, Number(query.get('limit')) || 50)
  limited.forEach((g, i) => (g.rank = i + 1))
  return { items: limited, n, period: [from, to], period_then: then, method, ranks: ['excess', 'count', 'score', 'gi'], source: '110 接处警、事故登记（模拟数据）', synthetic: true }
}

const classOf = (text) => (/撞|追尾|刮擦|碰|事故|伤/.test(text) ? 'accident' : /堵|违停|占道|信号灯|停车|红灯/.test(text) ? 'order' : 'other')

/** What /api/city needs to know of this made-up city. */
export const mapCity = {
  center: centre, zoom: 13.2, bounds: [centre[0] - 0.13, centre[1] - 0.11, centre[0] + 0.13, centre[1] + 0.11],
  areas: areas.map(({ key, name, kind }) => ({ key, name, kind })),
  classes: [{ id: 'accident', zh: '事故', en: 'Accident' }, { id: 'order', zh: '秩序', en: 'Traffic order' }, { id: 'other', zh: '其他', en: 'Other' }],
  network: { identity: 'mock', edges: city.roads.length * 2, crossings: city.crossings.length, sections: city.roads.length },
}

export { areas, city as mockCity, compare, matcher, metresPerDegree, periodOf, place, random, ranking, records, startOfDay, yearBefore, base64, centre, zone }

const tileCache = new Map()
export const isMapPath = (path) => /^\/(tiles\/|api\/(signals|heat|hotspots|stream|street-density|hexagons|time|black-spots|forecast|repeats))/.test(path)
/** Answers a request of the map screens; false when it is not ours. `body` is the parsed JSON of a POST or PATCH. */
export function answerMap(request, response, url, body, now = Date.now()) {
  const json = (value, status = 200) => { response.writeHead(status, { 'Content-Type': 'application/json' }); response.end(JSON.stringify(value)); return true }
  const query = url.searchParams
  if (answerRisk(json, request, response, url, body, now)) return true
  const tile = /^\/tiles\/(\d+)\/(\d+)\/(\d+)\.mvt$/.exec(url.pathname)
  if (tile) {
    const key = url.pathname
    if (!tileCache.has(key)) tileCache.set(key, encodeTile(...tile.slice(1).map(Number)))
    response.writeHead(200, { 'Content-Type': 'application/vnd.mapbox-vector-tile' })
    response.end(tileCache.get(key))
    return true
  }
  if (url.pathname === '/api/signals' && request.method === 'GET') {
    const from = Number(query.get('from')) || 0, to = Number(query.get('to')) || now + 1
    const found = records(now).filter(matcher(query, now, from, to))
    const start = Number(query.get('cursor')) || 0, limit = Math.min(500, Number(query.get('limit')) || 50)
    return json({ items: found.slice(start, start + limit), next: start + limit < found.length ? String(start + limit) : null, total: found.length })
  }
  if (url.pathname === '/api/signals/suggest') {
    const text = String(body?.words ?? '')
    const found = city.crossings.filter((one) => one.name.split(/与|交叉口/).filter(Boolean).every((name) => text.includes(name.replace(/大道|路/g, '')))).slice(0, 3)
    const more = found.length ? [] : city.crossings.filter((one) => one.name.split(/与|交叉口/).filter(Boolean).some((name) => text.includes(name))).slice(0, 3)
    const places = [...found, ...more].map((one, i) => ({ key: one.key, name: one.name, kind: 'crossing', lon: place(one.at)[0], lat: place(one.at)[1], confidence: found.length ? 0.95 - i * 0.1 : 0.55 - i * 0.08, reason: found.length ? '两条路名都在文字里' : '一条路名在文字里' }))
    return json({ class: classOf(text), reason: { accident: '文字含“撞、追尾、刮擦”', order: '文字含“堵、占道、违停”', other: '未见事故或秩序用词' }[classOf(text)], places })
  }
  const one = /^\/api\/signals\/([^/]+)$/.exec(url.pathname)
  if (one) {
    const found = records(now).find((s) => s.id === decodeURIComponent(one[1]))
    if (!found) return json({ code: 'not_found', message: '没有这条记录' }, 404)
    if (request.method === 'PATCH') { Object.assign(found, 'class' in body ? { class: body.class, class_by: '值班员' } : {}, 'valid' in body ? { valid: body.valid } : {}) }
    return json({ ...found, history: [{ at: found.received_at, actor: null, label: '接收' }] })
  }
  if (url.pathname === '/api/signals' && request.method === 'POST') {
    const made = { ...makeSignal(records(now).length, now, random(now >>> 0), now), id: `n${now}`, kind: body.kind ?? 'call', words: body.words, class: body.class ?? classOf(body.words ?? ''), class_by: body.class ? '值班员' : 'suggestion', class_suggested: classOf(body.words ?? ''), lon: body.lon ?? null, lat: body.lat ?? null, place_text: body.place_text ?? null, repeat_of: null }
    records(now).unshift(made)
    return json(made, 201)
  }
  if (url.pathname === '/api/heat') {
    const period = periodOf(query, now)
    const then = query.get('compare_from') ? [Number(query.get('compare_from')), Number(query.get('compare_to'))] : yearBefore(period)
    const bbox = query.get('bbox')?.split(',').map(Number) ?? mapCity.bounds
    const width = Number(query.get('width')) || 320, height = Number(query.get('height')) || 240, bandwidth = Number(query.get('bandwidth')) || 300
    const points = records(now).filter(matcher(query, now, ...period)), pointsThen = records(now).filter(matcher(query, now, ...then))
    const grid = density(points, bbox, width, height, bandwidth), gridThen = density(pointsThen, bbox, width, height, bandwidth)
    const mode = query.get('compare') ?? 'none'
    const top = (g) => g.reduce((a, b) => Math.max(a, b), 0)
    return json({
      n: points.length, period, ...(mode === 'none' ? {} : { n_then: pointsThen.length, period_then: then, comparison: compare(points.length, pointsThen.length) }), bandwidth_m: bandwidth, width, height, bbox, unit: 'per_km2', max: top(grid), max_then: top(gridThen), grid: base64(grid),
      ...(mode === 'beside' ? { grid_then: base64(gridThen) } : {}), ...(mode === 'minus' ? { grid_minus: base64(grid.map((v, i) => v - gridThen[i])) } : {}),
      kernel: query.get('kernel') ?? 'epanechnikov', mode: 'exact', error_bound: 0, source: '110 接处警（模拟数据）', synthetic: true, computed_ms: 12,
    })
  }
  if (url.pathname === '/api/hotspots') return json(ranking(query, now))
  const spot = /^\/api\/hotspots\/(.+)$/.exec(url.pathname)
  if (spot) {
    const key = decodeURIComponent(spot[1])
    const all = ranking(new URLSearchParams([...query].filter(([name]) => name !== 'limit').concat([['limit', '100000']])), now)
    const found = all.items.find((item) => item.key === key)
    if (!found) return json({ code: 'not_found', message: '这个地点在所选时段没有记录' }, 404)
    const period = periodOf(query, now)
    const list = records(now).filter(matcher(query, now, ...period)).filter((s) => s.place.key === key)
    const hours = Array.from({ length: 24 }, () => Array(7).fill(0)), byClass = {}, months = {}
    for (const s of list) {
      const local = new Date(s.at + zone)
      hours[local.getUTCHours()][(local.getUTCDay() + 6) % 7]++
      const c = s.class ?? s.class_suggested
      byClass[c] = (byClass[c] ?? 0) + 1
      const m = local.toISOString().slice(0, 7); months[m] = (months[m] ?? 0) + 1
    }
    return json({ ...found, ...withEvidence(found, list), hours, by_class: byClass, by_month: Object.entries(months).sort().map(([month, n]) => ({ month, n })), signals: list.slice(0, 200), total: list.length, cases: found.open_cases.length ? [{ id: 'c1', number: 'YH-2026-1107', title: '路口左转视线被绿化遮挡', stage: { id: 'handling', label: '处理中', base: 'handle' }, opened_at: now - 9 * DAY, late: false }] : [], proposal: { unit: { id: 'jtysj', name: '市交通运输局' }, reason: '路段由市交通运输局养护；类别为信号与标志，按职责分工表第 4 行' }, n: all.n, period, method, source: '110 接处警、事故登记（模拟数据）', synthetic: true })
  }
  if (url.pathname === '/api/stream') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache', 'X-Accel-Buffering': 'no' })
    response.write(`event: hello\ndata: {"now":${now}}\n\n`)
    const next = random(now >>> 0)
    const timer = setInterval(() => {
      const made = { ...makeSignal(history ? history.length : 0, Date.now(), next, Date.now()), id: `l${Date.now()}`, kind: 'call', severity: null }
      records(Date.now()).unshift(made)
      response.write(`id: ${made.at}\nevent: signal\ndata: ${JSON.stringify({ id: made.id, kind: made.kind, class: made.class, at: made.at, lon: made.lon, lat: made.lat })}\n\n`)
    }, Number(process.env.MOCK_PACE ?? 6000))
    response.on('close', () => clearInterval(timer))
    return true
  }
  return false
}
