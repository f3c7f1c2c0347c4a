import { describe, expect, it } from 'vitest'
import type { HotSpot } from '../console/signals'
import type { BlackSpot, Hexagon } from './api'
import { cellAt, hexagonGrid, meaningOf } from './cells'
import { chance, equals, gammaInterval } from './figures'
import { blackSpotsGeoJson, hexagonsGeoJson, spotsGeoJson, streetsGeoJson } from './geojson'
import { isSamePlace, pairSpots, stakeMetres } from './pairing'
import { stakeText, stakeWords } from './stakes'

const basis = { title: '示范市', n: 31, from: '2026-01-01', to: '2026-03-31', method: '方法', source: '来源', synthetic: true }
const spot: HotSpot = { rank: 1, key: 'x1', kind: 'crossing', name: '路口', lon: 120.58, lat: 30, calls: 28, crashes: 3, deaths: 0, injured: 2, score: 31, expected: 6.24, p: 1e-9, q: null, significant: true, then: null, comparison: null, open_cases: [{ id: '1', number: 'A' }] }
const black = (key: string, more: Partial<BlackSpot> = {}): BlackSpot => ({ key, rank: 1, unit: 'junction', name: key, lon: 120.58, lat: 30, road: null, length_m: 0, n: 5, deaths: 0, injured: 1, by_severity: { fatal: 0, serious: 0, slight: 1, damage: 4, unknown: 0 }, score: 5, status: 'found', since: null, ...more })
const outline: [number, number][] = [[0.003, 0], [0.0015, -0.0026], [-0.0015, -0.0026], [-0.003, 0], [-0.0015, 0.0026], [0.0015, 0.0026]]

describe('GeoJSON', () => {
  it('carries what the figures rest on and the mark of made-up data', () => {
    const file = JSON.parse(spotsGeoJson([spot, { ...spot, key: 's1', line: [[120.5, 30], [120.51, 30]] }], basis))
    expect(file.type).toBe('FeatureCollection')
    expect(file.basis).toEqual(basis)
    expect(file.features[0].geometry).toEqual({ type: 'Point', coordinates: [120.58, 30] })
    expect(file.features[1].geometry.type).toBe('LineString')
    expect(file.features[0].properties.synthetic).toBe(true)
    expect(file.features[0].properties.open_cases).toBeUndefined()
  })
  it('closes hexagons and turns them counter-clockwise', () => {
    const cell: Hexagon = { lon: 120.58, lat: 30, n: 4, gi_z: 2.5, gi_q: 0.01 }
    const [ring] = JSON.parse(hexagonsGeoJson({ outline, cells: [cell] }, basis)).features[0].geometry.coordinates
    expect(ring.length).toBe(7)
    expect(ring[6]).toEqual(ring[0])
    const area = ring.slice(1).reduce((sum: number, [x, y]: [number, number], i: number) => sum + ring[i][0] * y - x * ring[i][1], 0)
    expect(area).toBeGreaterThan(0)
  })
  it('names the unit of a street by what it is', () => {
    const streets = { starts: Uint32Array.of(0, 2), points: Int32Array.of(120_500_000, 30_000_000, 120_501_000, 30_000_000), values: Float32Array.of(2.5), max: 5 }
    expect(JSON.parse(streetsGeoJson({ ...streets, kind: 'density' }, basis)).features[0].properties.per_km).toBe(2.5)
    expect(JSON.parse(streetsGeoJson({ ...streets, kind: 'difference' }, basis)).features[0].properties.difference_per_km).toBe(2.5)
  })
  it('keeps the standing of a black spot', () => {
    expect(JSON.parse(blackSpotsGeoJson([black('a', { status: 'listed' })], basis)).features[0].properties.status).toBe('listed')
  })
})
describe('cells', () => {
  const cell = (gi_z: number | null, gi_q: number | null): Hexagon => ({ lon: 120, lat: 30, n: 3, gi_z, gi_q })
  it('say something only where it is certain', () => {
    expect([cell(3, 0.0001), cell(3, 0.02), cell(-3, 0.02), cell(3, 0.05), cell(null, null)].map((one) => meaningOf(one, false))).toEqual(['much', 'more', 'less', 'none', 'none'])
    const change = (ratio: number, significant: boolean): Hexagon => ({ ...cell(9, 0), change: { ratio, low: 1, high: 2, p: 0.01, q: 0.01, significant } })
    expect([change(1.8, true), change(0.4, true), change(1.8, false)].map((one) => meaningOf(one, true))).toEqual(['more', 'less', 'none'])
  })
  it('tell more from less without colour', () => {
    const { cells } = hexagonGrid({ outline, cells: [cell(3, 0.02), cell(-3, 0.02), cell(0, 1)] }, false, 'light')
    expect(cells[1]!.dashed).toBe(true)
    expect(cells[1]!.hatch).toBe('falling')
    expect(cells[0]!.dashed).toBe(false)
    expect(cells[2]!.edgeWidth).toBeLessThan(cells[0]!.edgeWidth)
  })
  it('are found under the pointer, and not beyond their reach', () => {
    const found = [{ lon: 120.58, lat: 30 }, { lon: 120.59, lat: 30 }]
    expect(cellAt(found, outline, 120.5812, 30.0004)).toBe(found[0])
    expect(cellAt(found, outline, 120.6, 30)).toBe(null)
  })
})
describe('two rules', () => {
  it('agree on the same key, on overlapping stakes, or on the same junction', () => {
    const a = black('a', { unit: 'interval', road: 'G104', direction: 'forward', from_stake: 'K12+300', to_stake: 'K12+800' })
    expect(isSamePlace(a, { ...a, key: 'b', from_stake: 'K12+700', to_stake: 'K13+200' })).toBe(true)
    expect(isSamePlace(a, { ...a, key: 'b', from_stake: 'K12+800', to_stake: 'K13+200' })).toBe(false)
    expect(isSamePlace(a, { ...a, key: 'b', direction: 'backward' })).toBe(false)
    expect(isSamePlace(black('a'), black('b', { lat: 30.001 }))).toBe(true)
    expect(isSamePlace(black('a'), black('b', { lat: 30.002 }))).toBe(false)
  })
  it('use each place of the other once and lose none', () => {
    const pairs = pairSpots([black('a'), black('b', { lat: 30.0005 }), black('c', { lat: 31 })], [black('b', { lat: 30.0005 }), black('d', { lat: 32 })])
    expect(pairs.map((one) => [one.place.key, one.who])).toEqual([['a', 'both'], ['b', 'first'], ['c', 'first'], ['d', 'second']])
  })
  it('read and write stakes', () => {
    expect([stakeMetres('K12+300'), stakeMetres('k0+050'), stakeMetres(1500), stakeMetres('桥头'), stakeMetres(null)]).toEqual([12_300, 50, 1500, null, null])
    expect(stakeText(12_050)).toBe('K12+050')
    expect(stakeWords({ road: 'G104', from_stake: 'K12+300', to_stake: 12_800 })).toBe('G104 K12+300–K12+800')
  })
})
describe('figures', () => {
  it('never show a false zero or a false certainty', () => {
    expect([chance(0), chance(0.0004), chance(0.0123), chance(0.5), chance(0.99999), chance(null)]).toEqual(['<0.001', '<0.001', '0.012', '0.50', '>0.999', '—'])
    expect([equals(0.0001), equals(0.25)]).toEqual(['< 0.001', '= 0.25'])
  })
  it('give the interval of a Gamma distribution', () => {
    // Exponential with mean 1 (shape 1): 0.0253 and 3.689; shape 25, mean 10: 6.471 and 14.284 (chi-squared tables).
    const [low, high] = gammaInterval(10, 2)!
    expect(low).toBeCloseTo(6.471, 1)
    expect(high).toBeCloseTo(14.284, 1)
    expect(gammaInterval(1, 1)![1]).toBeCloseTo(3.689, 1)
    expect(gammaInterval(0, 1)).toBe(null)
  })
})
