/** From the server's surface (base64 of little-endian f32) to a picture in Web Mercator rows. */
import type { Bounds, HeatGrid } from './contract'
import { scalePosition, type Ramp } from './ramp'

export class HeatError extends Error {}

/** Decodes base64 little-endian f32; refuses a length that is not width × height. */
export function decodeGrid(base64: string, width: number, height: number): Float32Array {
  let bytes: string
  try {
    bytes = atob(base64)
  } catch {
    throw new HeatError('heat grid is not base64')
  }
  if (bytes.length !== width * height * 4) {
    throw new HeatError(`heat grid has ${bytes.length} bytes, expected ${width * height * 4}`)
  }
  const view = new DataView(new ArrayBuffer(bytes.length))
  for (let i = 0; i < bytes.length; i++) view.setUint8(i, bytes.charCodeAt(i))
  const values = new Float32Array(width * height)
  for (let i = 0; i < values.length; i++) values[i] = view.getFloat32(i * 4, true)
  return values
}

/** Largest absolute finite value. */
export function gridMax(values: Float32Array): number {
  let max = 0
  for (const value of values) {
    const size = Math.abs(value)
    if (size > max && Number.isFinite(size)) max = size
  }
  return max
}

/** The absolute value that a share of the cells that are not zero stay below: one strong place must not blank all others. */
export function gridQuantile(values: Float32Array, share: number): number {
  const sizes = Float32Array.from(values, Math.abs).filter((size) => size > 0 && Number.isFinite(size)).sort()
  return sizes.length ? sizes[Math.min(sizes.length - 1, Math.floor(sizes.length * share))]! : 0
}

/** A round number at or above, for the end of a scale: 1, 2, 2.5, 5 × a power of ten. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  for (const step of [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10]) {
    if (value <= step * power * (1 + 1e-9)) return step * power
  }
  return 10 * power
}

/** Web Mercator y of a latitude, in units of the earth's radius. */
export function mercatorY(latitude: number): number {
  return Math.log(Math.tan(Math.PI / 4 + (latitude * Math.PI) / 360))
}

export function inverseMercatorY(y: number): number {
  return (Math.atan(Math.exp(y)) * 360) / Math.PI - 90
}

/**
 * Colours the surface. Rows of the answer are equally spaced in Web Mercator (rows of the input are equally
 * spaced in latitude), and values are interpolated before they are coloured, so that edges stay smooth.
 */
export function paintHeat(grid: HeatGrid, ramp: Ramp, enlarge = 2): { data: Uint8ClampedArray<ArrayBuffer>; width: number; height: number } {
  const width = grid.width * enlarge
  const height = grid.height * enlarge
  const data = new Uint8ClampedArray(width * height * 4)
  const [, south, , north] = grid.bbox
  const top = mercatorY(north)
  const bottom = mercatorY(south)
  for (let row = 0; row < height; row++) {
    const latitude = inverseMercatorY(top + ((bottom - top) * (row + 0.5)) / height)
    const sourceRow = ((north - latitude) / (north - south)) * grid.height - 0.5
    for (let column = 0; column < width; column++) {
      const sourceColumn = (column + 0.5) / enlarge - 0.5
      const value = interpolate(grid, sourceColumn, sourceRow)
      const entry = Math.round(scalePosition(value, grid.max, grid.kind) * 255) * 4
      const at = (row * width + column) * 4
      data[at] = ramp[entry]!
      data[at + 1] = ramp[entry + 1]!
      data[at + 2] = ramp[entry + 2]!
      data[at + 3] = ramp[entry + 3]!
    }
  }
  return { data, width, height }
}

/** Value of the surface at a place; null outside the box. */
export function heatAt(grid: HeatGrid, lon: number, lat: number): number | null {
  const [west, south, east, north] = grid.bbox
  if (lon < west || lon > east || lat < south || lat > north) return null
  return interpolate(grid, ((lon - west) / (east - west)) * grid.width - 0.5, ((north - lat) / (north - south)) * grid.height - 0.5)
}

export function boundsAround(points: readonly { lon: number; lat: number }[]): Bounds | null {
  let bounds: Bounds | null = null
  for (const { lon, lat } of points) {
    if (!Number.isFinite(lon) || !Number.isFinite(lat)) continue
    bounds = bounds
      ? [Math.min(bounds[0], lon), Math.min(bounds[1], lat), Math.max(bounds[2], lon), Math.max(bounds[3], lat)]
      : [lon, lat, lon, lat]
  }
  return bounds
}

function interpolate(grid: HeatGrid, column: number, row: number): number {
  const x = Math.min(grid.width - 1, Math.max(0, column))
  const y = Math.min(grid.height - 1, Math.max(0, row))
  const x0 = Math.floor(x)
  const y0 = Math.floor(y)
  const x1 = Math.min(grid.width - 1, x0 + 1)
  const y1 = Math.min(grid.height - 1, y0 + 1)
  const fx = x - x0
  const fy = y - y0
  const at = (cx: number, cy: number) => grid.values[cy * grid.width + cx] ?? 0
  return (at(x0, y0) * (1 - fx) + at(x1, y0) * fx) * (1 - fy) + (at(x0, y1) * (1 - fx) + at(x1, y1) * fx) * fy
}
