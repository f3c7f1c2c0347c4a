import { describe, expect, it } from 'vitest'
import { isIdeographic, joinRuns, stacked, uprightPlace, type NamedLine } from './labels'
import { wrapped } from './picture'
import { roadRank, roadWidth } from './palette'

const line = (name: string, ...coordinates: number[]): NamedLine => ({ name, english: '', roadClass: 'primary', reference: '', coordinates })

describe('runs of roads', () => {
  it('joins pieces end to end whatever their direction', () => {
    const runs = joinRuns([line('胜利路', 100, 0, 200, 0), line('胜利路', 100, 0, 0, 0), line('胜利路', 300, 4, 200, 0)], 1)
    expect(runs).toHaveLength(1)
    expect(runs[0]!.length).toBeCloseTo(300, 0)
  })
  it('keeps names apart', () => {
    expect(joinRuns([line('胜利路', 0, 0, 100, 0), line('解放路', 100, 0, 200, 0)], 1).map((run) => run.name).sort()).toEqual(['胜利路', '解放路'])
  })
  it('names parallel carriageways once, far roads of one name each', () => {
    expect(joinRuns([line('中兴大道', 0, 0, 1000, 0), line('中兴大道', 1000, 20, 0, 20)], 1)).toHaveLength(1)
    expect(joinRuns([line('中兴大道', 0, 0, 1000, 0), line('中兴大道', 0, 900, 1000, 900)], 1)).toHaveLength(2)
  })
  it('does not turn a corner into a side road', () => {
    const runs = joinRuns([line('环路', 0, 0, 500, 0), line('环路', 500, 0, 1000, 0), line('环路', 500, 0, 500, 800)], 1)
    expect(runs[0]!.coordinates).toEqual(expect.arrayContaining([1000]))
    expect(runs.map((run) => Math.round(run.length)).sort((a, b) => b - a)).toEqual([1000, 800])
  })
})

describe('names along upright roads', () => {
  it('finds the upright stretch and its lean', () => {
    const place = uprightPlace([0, 0, 10, 100, 20, 200])!
    expect(place.x).toBeCloseTo(10)
    expect(place.y).toBeCloseTo(100)
    expect(place.rotation).toBeCloseTo(Math.atan2(20, 200))
    expect(uprightPlace([20, 200, 10, 100, 0, 0])!.rotation).toBeCloseTo(Math.atan2(20, 200))
  })
  it('stands along one carriageway of a run that goes up and comes back', () => {
    const place = uprightPlace([0, 0, 2, 200, 6, 200, 8, 10])!
    expect(place.rotation).toBeCloseTo(Math.atan2(2, 200))
    expect(place.length).toBeCloseTo(200, 0)
    const hairpin = uprightPlace([0, 0, 2, 200, 8, 0])!
    expect(Math.abs(hairpin.rotation)).toBeLessThan(0.1)
  })
  it('leaves level and slanting roads to the line', () => {
    expect(uprightPlace([0, 0, 100, 0])).toBeNull()
    expect(uprightPlace([0, 0, 100, 100])).toBeNull()
  })
  it('stacks ideographs and keeps numbers whole', () => {
    expect(stacked('胜利路')).toBe('胜\n利\n路')
    expect(stacked('G104国道')).toBe('G104\n国\n道')
    expect([isIdeographic('胜利路'), isIdeographic('Av. Ipiranga'), isIdeographic('G104国道')]).toEqual([true, false, true])
  })
})

describe('road ranks', () => {
  it('reads OpenStreetMap classes and draws links thinner', () => {
    expect(['motorway_link', 'residential', 'service', 'footway', 'rail', 'nonsense'].map(roadRank)).toEqual(['motorway', 'minor', 'service', 'path', 'rail', 'minor'])
    expect(roadWidth('primary', 16, true)).toBeLessThan(roadWidth('primary', 16, false))
    expect(roadWidth('service', 9, false)).toBe(0)
  })
  it('never draws a road thinner when nearer', () => {
    for (const rank of ['motorway', 'primary', 'minor'] as const) for (let zoom = 8; zoom < 20; zoom += 0.5) expect(roadWidth(rank, zoom + 0.5, false)).toBeGreaterThanOrEqual(roadWidth(rank, zoom, false))
  })
})

describe('the note under an exported map', () => {
  const measure = (text: string) => text.length
  it('breaks Chinese anywhere and Latin between words', () => {
    expect(wrapped('与同类路口平均值比较', 4, measure)).toEqual(['与同类路', '口平均值', '比较'])
    expect(wrapped('Poisson upper tail', 12, measure)).toEqual(['Poisson', 'upper tail'])
    expect(wrapped('', 10, measure)).toEqual([])
  })
})
