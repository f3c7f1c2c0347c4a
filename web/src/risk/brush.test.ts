import { describe, expect, it } from 'vitest'
import { bars, dragged, edgeNear, holds, nudged, rectangle, tidy, weekRows, type Bins } from './brush'

const day = 86_400_000
const bins: Bins = { start: 1000 * day, size: day, count: 100 }
const at = (n: number) => (1000 + n) * day

describe('the window over the record', () => {
  it('ends at edges of bins and is never empty', () => {
    expect(edgeNear(at(3) + day * 0.49, bins)).toBe(at(3))
    expect(edgeNear(at(3) + day * 0.51, bins)).toBe(at(4))
    expect(edgeNear(at(-50), bins)).toBe(at(0))
    expect(tidy([at(8) + 5, at(8) + 9], bins)).toEqual([at(8), at(9)])
    expect(tidy([at(100), at(100)], bins)).toEqual([at(99), at(100)])
    expect(tidy([at(20), at(10)], bins)).toEqual([at(10), at(20)])
  })
  it('moves whole, keeps its length, and stops at both ends of the record', () => {
    expect(dragged('window', [at(10), at(20)], at(15), at(18) + 7, bins)).toEqual([at(13), at(23)])
    expect(dragged('window', [at(10), at(20)], at(15), at(-80), bins)).toEqual([at(0), at(10)])
    expect(dragged('window', [at(10), at(20)], at(15), at(400), bins)).toEqual([at(90), at(100)])
  })
  it('stretches by one end, which never passes the other', () => {
    expect(dragged('start', [at(10), at(20)], at(10), at(4), bins)).toEqual([at(4), at(20)])
    expect(dragged('start', [at(10), at(20)], at(10), at(60), bins)).toEqual([at(19), at(20)])
    expect(dragged('end', [at(10), at(20)], at(20), at(2), bins)).toEqual([at(10), at(11)])
    expect(dragged('end', [at(10), at(20)], at(20), at(900), bins)).toEqual([at(10), at(100)])
  })
  it('is drawn anew in either direction', () => {
    expect(dragged('new', [at(10), at(20)], at(40), at(35), bins)).toEqual([at(35), at(40)])
  })
  it('goes by keys as by the pointer', () => {
    expect(nudged('window', [at(10), at(20)], 7, bins)).toEqual([at(17), at(27)])
    expect(nudged('start', [at(10), at(20)], -1e6, bins)).toEqual([at(0), at(20)])
    expect(nudged('end', [at(10), at(20)], 1e6, bins)).toEqual([at(10), at(100)])
  })
  it('drags back to where it began', () => {
    for (const grip of ['window', 'start', 'end'] as const) for (const shift of [-9, -1, 0, 1, 6]) {
      const there = dragged(grip, [at(40), at(60)], at(50), at(50 + shift), bins)
      expect(dragged(grip, there, at(50 + shift), at(50), bins)).toEqual([at(40), at(60)])
    }
  })
})
describe('bars', () => {
  it('keep every record and never exceed the room', () => {
    const counts = Array.from({ length: 1500 }, (_, i) => (i * 7) % 13)
    const drawn = bars(counts, 420)
    expect(drawn.length).toBeLessThanOrEqual(420)
    expect(drawn.reduce((sum, bar) => sum + bar.n, 0)).toBe(counts.reduce((a, b) => a + b))
    expect(drawn[drawn.length - 1]!.to).toBe(1500)
    expect(bars([], 10)).toEqual([])
  })
})
describe('the hours of the week', () => {
  it('become filters, a whole day or week none', () => {
    expect(rectangle({ day: 4, hour: 9 }, { day: 0, hour: 7 })).toEqual({ hours: [7, 9], weekdays: [1, 2, 3, 4, 5] })
    expect(rectangle({ day: 2, hour: 0 }, { day: 2, hour: 23 })).toEqual({ hours: null, weekdays: [3] })
    expect(rectangle({ day: 0, hour: 8 }, { day: 6, hour: 8 })).toEqual({ hours: [8, 8], weekdays: [] })
    expect(rectangle({ day: 0, hour: 0 }, { day: 6, hour: 23 })).toEqual({ hours: null, weekdays: [] })
  })
  it('holds exactly the cells of the rectangle', () => {
    const picked = rectangle({ day: 1, hour: 6 }, { day: 3, hour: 8 })
    let n = 0
    for (let d = 0; d < 7; d++) for (let h = 0; h < 24; h++) {
      const isIn = d >= 1 && d <= 3 && h >= 6 && h <= 8
      expect(holds(picked, { day: d, hour: h })).toBe(isIn)
      if (isIn) n++
    }
    expect(n).toBe(9)
  })
  it('runs over midnight', () => {
    const night = { hours: [22, 2] as [number, number], weekdays: [] }
    expect([21, 22, 23, 0, 2, 3].map((hour) => holds(night, { day: 0, hour }))).toEqual([false, true, true, true, true, false])
  })
  it('reads the matrix whichever way it was sent', () => {
    const week = Array.from({ length: 7 }, (_, d) => Array.from({ length: 24 }, (_, h) => d * 100 + h))
    const turned = Array.from({ length: 24 }, (_, h) => week.map((row) => row[h]!))
    expect(weekRows(week)).toEqual(week)
    expect(weekRows(turned)).toEqual(week)
  })
})
