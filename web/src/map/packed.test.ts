import { describe, expect, it } from 'vitest'
import { bytesOf, streetNear, unpackFloats, unpackSigned, unpackStreets, unpackUnsigned } from './packed'
import { arrange } from './street-layer'

/** Little-endian whatever the machine, as the server packs it. */
function pack(values: number[], write: (view: DataView, at: number, value: number) => void): string {
  const view = new DataView(new ArrayBuffer(values.length * 4))
  values.forEach((value, i) => write(view, i * 4, value))
  return btoa(String.fromCharCode(...new Uint8Array(view.buffer)))
}
const u32 = (values: number[]) => pack(values, (view, at, value) => view.setUint32(at, value, true))
const i32 = (values: number[]) => pack(values, (view, at, value) => view.setInt32(at, value, true))
const f32 = (values: number[]) => pack(values, (view, at, value) => view.setFloat32(at, value, true))
const millionths = (...degrees: number[]) => degrees.map((one) => Math.round(one * 1e6))

const two = {
  starts: u32([0, 2, 5]),
  points: i32(millionths(120.5, 30, 120.501, 30, 120.501, 30, 120.501, 30.001, 120.502, 30.001)),
  values: f32([1.5, 8]),
}

describe('packed arrays', () => {
  it('come back as they were packed, negative and large numbers too', () => {
    expect([...unpackUnsigned(u32([0, 1, 4_000_000_000]))]).toEqual([0, 1, 4_000_000_000])
    expect([...unpackSigned(i32([-70_000_000, 120_580_123]))]).toEqual([-70_000_000, 120_580_123])
    expect([...unpackFloats(f32([0, -2.5, 1e9]))]).toEqual([0, -2.5, 1e9])
    expect([...bytesOf('')]).toEqual([])
  })
  it('give streets with their points and values', () => {
    const streets = unpackStreets(two, 'density', 10)
    expect(streets.values.length).toBe(2)
    expect([...streets.starts]).toEqual([0, 2, 5])
    expect(streets.points[streets.starts[1]! * 2]).toBe(120_501_000)
    expect(unpackStreets({ starts: '', points: '', values: '' }, 'density', 1).values.length).toBe(0)
  })
  it('are refused when they do not fit each other', () => {
    expect(() => unpackStreets({ ...two, starts: u32([0, 2]) }, 'density', 1)).toThrow(/starts/)
    expect(() => unpackStreets({ ...two, starts: u32([0, 2, 4]) }, 'density', 1)).toThrow(/end at point 4/)
    expect(() => unpackStreets({ ...two, starts: u32([3, 2, 5]) }, 'density', 1)).toThrow(/backwards/)
    expect(() => unpackStreets({ ...two, values: 'AAA' }, 'density', 1)).toThrow()
    expect(() => unpackFloats('AAAA')).toThrow(/multiple of 4/)
    expect(() => unpackFloats('§')).toThrow(/base64/)
  })
})
describe('the piece under the pointer', () => {
  const streets = unpackStreets(two, 'density', 10)
  it('is the nearest within reach', () => {
    expect(streetNear(streets, 120.5005, 30.0001, 30)).toBe(0)
    expect(streetNear(streets, 120.5015, 30.00095, 30)).toBe(1)
    expect(streetNear(streets, 120.5005, 30.0009, 30)).toBe(null)
  })
})
describe('the order of drawing', () => {
  const streets = (values: number[], kind: 'density' | 'difference') => ({ starts: Uint32Array.from({ length: values.length + 1 }, (_, i) => i * 2), points: new Int32Array(values.length * 4), values: Float32Array.from(values), kind, max: 10 })
  it('puts the strongest last and leaves out what is nothing', () => {
    const drawn = arrange(streets([3, 0, 10, 1, -2, NaN, 25], 'density'))
    expect([...drawn.order].sort()).toEqual([0, 2, 3, 6])
    expect([...drawn.order].slice(0, 2)).toEqual([3, 0])
    expect(drawn.groups[drawn.groups.length - 1]!.to).toBe(4)
  })
  it('ranks a difference by its size, either way, and lets the map through where there is hardly any', () => {
    const drawn = arrange(streets([0.01, -9, 4, 1], 'difference'))
    expect([...drawn.order]).toEqual([3, 2, 1])
  })
  it('draws every piece once', () => {
    const values = Array.from({ length: 500 }, (_, i) => (i % 100) / 10 + 0.1)
    expect([...arrange(streets(values, 'density')).order].sort((a, b) => a - b)).toEqual(values.map((_, i) => i))
  })
})
