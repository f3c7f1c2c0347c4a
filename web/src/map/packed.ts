/** Packed arrays of the server: base64 of little-endian numbers. */
import type { StreetDensity } from './contract'
import { HeatError } from './heat'

/** The bytes of a base64 text. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  let text: string
  try {
    text = atob(base64)
  } catch {
    throw new HeatError('packed array is not base64')
  }
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

const isLittle = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1

/** Bytes in groups of four, turned round where the machine counts from the other end. */
function words(base64: string): ArrayBuffer {
  const bytes = bytesOf(base64)
  if (bytes.length % 4) throw new HeatError(`packed array has ${bytes.length} bytes, not a multiple of 4`)
  if (!isLittle) for (let i = 0; i < bytes.length; i += 4) bytes.subarray(i, i + 4).reverse()
  return bytes.buffer
}
export const unpackUnsigned = (base64: string): Uint32Array => new Uint32Array(words(base64))
export const unpackSigned = (base64: string): Int32Array => new Int32Array(words(base64))
export const unpackFloats = (base64: string): Float32Array => new Float32Array(words(base64))

/**
 * Streets of an answer: `starts` (one more than there are pieces) says where the points of each piece begin, `points` are
 * longitude and latitude in millionths of a degree, `values` one figure for each piece. Refuses arrays that do not fit.
 */
export function unpackStreets(packed: { starts: string; points: string; values: string }, kind: StreetDensity['kind'], max: number): StreetDensity {
  const starts = unpackUnsigned(packed.starts)
  const points = unpackSigned(packed.points)
  const values = unpackFloats(packed.values)
  if (!starts.length && !values.length) return { starts: new Uint32Array([0]), points: new Int32Array(), values, kind, max }
  if (starts.length !== values.length + 1) throw new HeatError(`${values.length} streets, but ${starts.length} starts`)
  if (points.length % 2 || starts[starts.length - 1] !== points.length / 2) throw new HeatError(`streets end at point ${starts[starts.length - 1]}, but there are ${points.length / 2}`)
  for (let i = 1; i < starts.length; i++) if (starts[i]! < starts[i - 1]!) throw new HeatError('starts of streets go backwards')
  return { starts, points, values, kind, max }
}

/** The nearest piece of street within `reach` metres of a place: its index, or null. */
export function streetNear(streets: StreetDensity, lon: number, lat: number, reach: number): number | null {
  const perLat = 0.11132
  const perLon = perLat * Math.cos((lat * Math.PI) / 180)
  const [px, py] = [lon * 1e6, lat * 1e6]
  let best = reach * reach
  let found: number | null = null
  for (let i = 0; i < streets.values.length; i++) {
    for (let k = streets.starts[i]!; k + 1 < streets.starts[i + 1]!; k++) {
      const ax = (streets.points[k * 2]! - px) * perLon
      const ay = (streets.points[k * 2 + 1]! - py) * perLat
      if (Math.abs(ax) > reach + 2000 || Math.abs(ay) > reach + 2000) continue
      const dx = (streets.points[k * 2 + 2]! - px) * perLon - ax
      const dy = (streets.points[k * 2 + 3]! - py) * perLat - ay
      const length = dx * dx + dy * dy
      const share = length > 0 ? Math.min(1, Math.max(0, -(ax * dx + ay * dy) / length)) : 0
      const away = (ax + share * dx) ** 2 + (ay + share * dy) ** 2
      if (away < best) {
        best = away
        found = i
      }
    }
  }
  return found
}
