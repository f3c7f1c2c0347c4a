import { describe, expect, it } from 'vitest'
import { boundsAround, decodeGrid, gridMax, gridQuantile, heatAt, HeatError, inverseMercatorY, mercatorY, paintHeat, roundUp } from './heat'
import { heatRamp, lightness, scalePosition, scaleValue, type Ramp } from './ramp'
import type { HeatGrid } from './contract'

function encode(values: number[]): string {
  const bytes = new Uint8Array(new Float32Array(values).buffer)
  return btoa(String.fromCharCode(...bytes))
}
const grid = (values: number[], width: number, height: number, kind: HeatGrid['kind'] = 'density', max = 10): HeatGrid => ({ values: new Float32Array(values), width, height, bbox: [120, 30, 120.04, 30.02], kind, max })

describe('decoding', () => {
  it('reads little-endian f32 row by row', () => {
    expect([...decodeGrid(encode([0, 1.5, -2, 1e6, 0.25, 3]), 3, 2)]).toEqual([0, 1.5, -2, 1e6, 0.25, 3])
  })
  it('does not depend on the byte order of the machine', () => {
    // 1.0 is 00 00 80 3f in little-endian order.
    expect(decodeGrid(btoa('\u0000\u0000\u0080\u003f'), 1, 1)[0]).toBe(1)
  })
  it('refuses a grid of another size and text that is not base64', () => {
    expect(() => decodeGrid(encode([1, 2, 3]), 2, 2)).toThrow(HeatError)
    expect(() => decodeGrid('*not base64*', 1, 1)).toThrow(HeatError)
  })
  it('finds the largest size, negative ones and broken ones considered', () => {
    expect(gridMax(new Float32Array([1, -7, 3]))).toBe(7)
    expect(gridMax(new Float32Array([NaN, Infinity, 2]))).toBe(2)
    expect(gridMax(new Float32Array([]))).toBe(0)
    expect(gridQuantile(new Float32Array([0, 0, -1, 2, 3, -100]), 0.5)).toBe(3)
    expect(gridQuantile(new Float32Array([0]), 0.99)).toBe(0)
  })
  it('rounds the end of a scale up to a readable number', () => {
    expect([0, 0.7, 7, 12, 260, 3999, 10].map(roundUp)).toEqual([1, 0.8, 8, 15, 300, 4000, 10])
  })
})

describe('painting', () => {
  const marks: Ramp = new Uint8ClampedArray(1024)
  for (let i = 0; i < 256; i++) marks.set([i, 0, 0, i], i * 4)
  it('leaves nothing where nothing happened', () => {
    const picture = paintHeat(grid([0, 0, 0, 0], 2, 2), heatRamp('density', 'dark'))
    expect([picture.width, picture.height]).toEqual([4, 4])
    expect([...picture.data].filter((_, i) => i % 4 === 3).every((alpha) => alpha === 0)).toBe(true)
  })
  it('puts the north row on top and interpolates before colouring', () => {
    const picture = paintHeat(grid([10, 10, 0, 0], 2, 2), marks)
    const alpha = (row: number) => picture.data[(row * picture.width + 1) * 4 + 3]!
    expect(alpha(0)).toBe(255)
    expect(alpha(1)).toBeLessThan(255)
    expect(alpha(1)).toBeGreaterThan(alpha(2))
    expect(alpha(3)).toBe(0)
  })
  it('holds the value of a place and says nothing outside', () => {
    const g = grid([8, 0, 0, 4], 2, 2)
    expect(heatAt(g, 120.01, 30.015)).toBeCloseTo(8)
    expect(heatAt(g, 120.03, 30.005)).toBeCloseTo(4)
    expect(heatAt(g, 119.9, 30.01)).toBeNull()
  })
  it('goes to Mercator and back', () => {
    for (const latitude of [-30.03, 0, 30, 51.5, 84]) expect(inverseMercatorY(mercatorY(latitude))).toBeCloseTo(latitude, 10)
  })
  it('boxes points and passes over broken ones', () => {
    expect(boundsAround([{ lon: 1, lat: 2 }, { lon: NaN, lat: 0 }, { lon: -1, lat: 5 }])).toEqual([-1, 2, 1, 5])
    expect(boundsAround([])).toBeNull()
  })
})

describe('colour scales', () => {
  const at = (ramp: Ramp, i: number) => [ramp[i * 4]!, ramp[i * 4 + 1]!, ramp[i * 4 + 2]!, ramp[i * 4 + 3]!] as const
  it.each(['dark', 'light'] as const)('density begins transparent and grows opaque without a step back (%s)', (theme) => {
    const ramp = heatRamp('density', theme)
    expect(at(ramp, 0)[3]).toBe(0)
    for (let i = 1; i < 256; i++) expect(at(ramp, i)[3]).toBeGreaterThanOrEqual(at(ramp, i - 1)[3])
  })
  it('density on the light map darkens evenly: more is darker everywhere', () => {
    const ramp = heatRamp('density', 'light')
    for (let i = 8; i < 256; i += 8) expect(lightness(...(at(ramp, i).slice(0, 3) as [number, number, number]))).toBeLessThan(lightness(...(at(ramp, i - 8).slice(0, 3) as [number, number, number])) + 0.004)
  })
  it.each(['dark', 'light'] as const)('difference is silent in the middle, blue below, red above (%s)', (theme) => {
    const ramp = heatRamp('difference', theme)
    expect(at(ramp, 127)[3]).toBeLessThan(8)
    const [lowRed, , lowBlue, lowAlpha] = at(ramp, 0)
    const [highRed, , highBlue, highAlpha] = at(ramp, 255)
    expect(lowBlue).toBeGreaterThan(lowRed)
    expect(highRed).toBeGreaterThan(highBlue)
    expect(Math.abs(lowAlpha - highAlpha)).toBeLessThan(3)
  })
  it('places values on the scale and back', () => {
    expect(scalePosition(0, 10, 'density')).toBe(0)
    expect(scalePosition(-3, 10, 'density')).toBe(0)
    expect(scalePosition(10, 10, 'density')).toBe(1)
    expect(scalePosition(99, 10, 'density')).toBe(1)
    expect(scalePosition(0, 10, 'difference')).toBe(0.5)
    expect(scalePosition(4, 10, 'difference') + scalePosition(-4, 10, 'difference')).toBeCloseTo(1)
    for (const kind of ['density', 'difference'] as const) for (const p of [0.1, 0.5, 0.8, 1]) expect(scalePosition(scaleValue(p, 42, kind), 42, kind)).toBeCloseTo(p)
    expect(scalePosition(1, 0, 'density')).toBe(0)
  })
})
