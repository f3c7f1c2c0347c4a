/**
 * Where road names stand. The tiles carry roads piece by piece (crossing to crossing); a name needs the whole
 * run. Pieces of one name are joined end to end, parallel carriageways are told apart from longer runs and
 * named once, and Chinese names on upright roads are stacked upright, as on paper maps.
 */

export interface NamedLine {
  name: string
  english: string
  roadClass: string
  reference: string
  /** x, y, x, y … in one plane, any unit. */
  coordinates: number[]
}

export interface RoadRun extends NamedLine {
  length: number
}

/** Joins pieces of the same name end to end. `quantum`: ends nearer than this are one point. */
export function joinRuns(lines: readonly NamedLine[], quantum: number): RoadRun[] {
  const byName = new Map<string, NamedLine[]>()
  for (const line of lines) {
    if (line.coordinates.length < 4) continue
    const key = `${line.name}\u0000${line.roadClass.replace(/_link$/, '#')}`
    const group = byName.get(key)
    if (group) group.push(line)
    else byName.set(key, [line])
  }
  const runs: RoadRun[] = []
  for (const group of byName.values()) {
    const joined = joinGroup(group, quantum)
    runs.push(...keepApart(joined, quantum * 400))
  }
  return runs
}

export interface UprightPlace {
  x: number
  y: number
  /** Radians clockwise from the page's vertical. */
  rotation: number
  /** Length of the upright stretch the text may use. */
  length: number
}

/** The longest stretch within 30° of vertical in one direction, if most of the run is upright; otherwise null. */
export function uprightPlace(coordinates: readonly number[]): UprightPlace | null {
  let upright = 0
  let total = 0
  let best: { from: number; to: number; length: number } | null = null
  let start = -1
  let length = 0
  // A run of two carriageways goes up and comes back: each way is a stretch of its own.
  let direction = 0
  for (let i = 0; i + 3 < coordinates.length; i += 2) {
    const dx = coordinates[i + 2]! - coordinates[i]!
    const dy = coordinates[i + 3]! - coordinates[i + 1]!
    const piece = Math.hypot(dx, dy)
    total += piece
    if (Math.abs(dx) <= Math.abs(dy) * 0.5774) {
      if (start < 0 || direction * dy < 0) {
        start = i
        length = 0
      }
      direction = Math.sign(dy) || direction
      length += piece
      upright += piece
      if (!best || length > best.length) best = { from: start, to: i + 2, length }
    } else {
      start = -1
    }
  }
  if (!best || upright < total * 0.6) return null
  const x0 = coordinates[best.from]!
  const y0 = coordinates[best.from + 1]!
  const x1 = coordinates[best.to]!
  const y1 = coordinates[best.to + 1]!
  const middle = pointAlong(coordinates, best.from, best.to, best.length / 2)
  const [dx, dy] = y1 >= y0 ? [x1 - x0, y1 - y0] : [x0 - x1, y0 - y1]
  return { x: middle[0], y: middle[1], rotation: Math.atan2(dx, dy), length: best.length }
}

const ideograph = /[\u3400-\u9fff\uf900-\ufaff]/

export function isIdeographic(text: string): boolean {
  return ideograph.test(text) && !/[A-Za-z]{2,}/.test(text)
}

/** One character a line; digits and letters that belong together stay together. */
export function stacked(text: string): string {
  return (text.match(/[A-Za-z0-9.]+|./gu) ?? [text]).join('\n')
}

function joinGroup(group: readonly NamedLine[], quantum: number): RoadRun[] {
  const key = (x: number, y: number) => `${Math.round(x / quantum)},${Math.round(y / quantum)}`
  const ends = new Map<string, number[]>()
  const used = new Array<boolean>(group.length).fill(false)
  group.forEach((line, index) => {
    const c = line.coordinates
    for (const end of [key(c[0]!, c[1]!), key(c[c.length - 2]!, c[c.length - 1]!)]) {
      const list = ends.get(end)
      if (list) list.push(index)
      else ends.set(end, [index])
    }
  })
  const runs: RoadRun[] = []
  for (let index = 0; index < group.length; index++) {
    if (used[index]) continue
    used[index] = true
    let run = group[index]!.coordinates.slice()
    for (let side = 0; side < 2; side++) {
      for (;;) {
        const next = straightestNext(run, group, ends.get(key(run[run.length - 2]!, run[run.length - 1]!)) ?? [], used, quantum)
        if (!next) break
        used[next.index] = true
        run = run.concat(next.coordinates.slice(2))
      }
      run = reversed(run)
    }
    runs.push({ ...group[index]!, coordinates: run, length: lengthOf(run) })
  }
  return runs.sort((a, b) => b.length - a.length)
}

function straightestNext(run: number[], group: readonly NamedLine[], candidates: number[], used: boolean[], quantum: number) {
  const n = run.length
  const x = run[n - 2]!
  const y = run[n - 1]!
  const heading = Math.atan2(y - run[n - 3]!, x - run[n - 4]!)
  let best: { index: number; coordinates: number[]; turn: number } | null = null
  for (const index of candidates) {
    if (used[index]) continue
    const c = group[index]!.coordinates
    const startsHere = Math.hypot(c[0]! - x, c[1]! - y) <= quantum * 2
    const coordinates = startsHere ? c : reversed(c)
    const turn = Math.abs(wrap(Math.atan2(coordinates[3]! - coordinates[1]!, coordinates[2]! - coordinates[0]!) - heading))
    if (turn < 1.2 && (!best || turn < best.turn)) best = { index, coordinates, turn }
  }
  return best
}

/** Of runs of one name lying beside each other only the longest keeps the name. */
function keepApart(runs: RoadRun[], distance: number): RoadRun[] {
  const kept: { run: RoadRun; middle: [number, number] }[] = []
  for (const run of runs) {
    const middle = pointAlong(run.coordinates, 0, run.coordinates.length - 2, run.length / 2)
    const beside = kept.some((other) => distanceToLine(middle, other.run.coordinates) < distance)
    if (!beside) kept.push({ run, middle })
  }
  return kept.map((entry) => entry.run)
}

function distanceToLine([x, y]: [number, number], c: readonly number[]): number {
  let best = Infinity
  for (let i = 0; i + 3 < c.length; i += 2) {
    const dx = c[i + 2]! - c[i]!
    const dy = c[i + 3]! - c[i + 1]!
    const square = dx * dx + dy * dy
    const t = square > 0 ? Math.min(1, Math.max(0, ((x - c[i]!) * dx + (y - c[i + 1]!) * dy) / square)) : 0
    best = Math.min(best, Math.hypot(x - c[i]! - t * dx, y - c[i + 1]! - t * dy))
  }
  return best
}

function pointAlong(c: readonly number[], from: number, to: number, distance: number): [number, number] {
  let left = distance
  for (let i = from; i < to; i += 2) {
    const dx = c[i + 2]! - c[i]!
    const dy = c[i + 3]! - c[i + 1]!
    const piece = Math.hypot(dx, dy)
    if (piece >= left && piece > 0) return [c[i]! + (dx * left) / piece, c[i + 1]! + (dy * left) / piece]
    left -= piece
  }
  return [c[to]!, c[to + 1]!]
}

function lengthOf(c: readonly number[]): number {
  let length = 0
  for (let i = 0; i + 3 < c.length; i += 2) length += Math.hypot(c[i + 2]! - c[i]!, c[i + 3]! - c[i + 1]!)
  return length
}

function reversed(c: readonly number[]): number[] {
  const out: number[] = []
  for (let i = c.length - 2; i >= 0; i -= 2) out.push(c[i]!, c[i + 1]!)
  return out
}

function wrap(angle: number): number {
  return Math.atan2(Math.sin(angle), Math.cos(angle))
}
