/** Exports for other programs (RFC 7946); what the figures rest on travels in the file as `basis`. */
import type { HotSpot } from '../console/signals'
import type { StreetDensity } from '../map/contract'
import type { BlackSpot, HexagonAnswer } from './api'

export interface FileBasis { title: string; n: number; from: string; to: string; method: string; source: string; synthetic: boolean }
type Feature = { type: 'Feature'; geometry: { type: string; coordinates: unknown } | null; properties: Record<string, unknown> }

function collection(features: Feature[], basis: FileBasis): string {
  return JSON.stringify({ type: 'FeatureCollection', basis, features })
}
const at = (lon: number, lat: number) => [round(lon), round(lat)]
const round = (degrees: number) => Math.round(degrees * 1e6) / 1e6

export function spotsGeoJson(spots: readonly HotSpot[], basis: FileBasis): string {
  return collection(spots.map((spot) => {
    const { line, lon, lat, open_cases, comparison, ...properties } = spot
    void open_cases
    return {
      type: 'Feature',
      geometry: line && line.length > 1 ? { type: 'LineString', coordinates: line.map(([x, y]) => at(x, y)) } : { type: 'Point', coordinates: at(lon, lat) },
      properties: { ...properties, ratio: comparison?.ratio ?? null, ratio_low: comparison?.low ?? null, ratio_high: comparison?.high ?? null, synthetic: basis.synthetic },
    }
  }), basis)
}

export function hexagonsGeoJson(answer: Pick<HexagonAnswer, 'outline' | 'cells'>, basis: FileBasis): string {
  return collection(answer.cells.map(({ lon, lat, ...properties }) => {
    const ring = answer.outline.map(([dx, dy]) => at(lon + dx, lat + dy))
    // A ring ends where it begins and runs counter-clockwise.
    const turn = ring.reduce((sum, [x, y], i) => { const [nx, ny] = ring[(i + 1) % ring.length] as [number, number]; return sum + (x! * ny - nx * y!) }, 0)
    const ordered = turn < 0 ? [...ring].reverse() : ring
    return { type: 'Feature', geometry: { type: 'Polygon', coordinates: [[...ordered, ordered[0]]] }, properties: { ...properties, synthetic: basis.synthetic } }
  }), basis)
}

export function streetsGeoJson(streets: StreetDensity, basis: FileBasis): string {
  const features: Feature[] = []
  for (let i = 0; i < streets.values.length; i++) {
    const line: number[][] = []
    for (let k = streets.starts[i]!; k < streets.starts[i + 1]!; k++) line.push([streets.points[k * 2]! / 1e6, streets.points[k * 2 + 1]! / 1e6])
    if (line.length > 1) features.push({ type: 'Feature', geometry: { type: 'LineString', coordinates: line }, properties: { [streets.kind === 'density' ? 'per_km' : 'difference_per_km']: Number(streets.values[i]!.toPrecision(5)), synthetic: basis.synthetic } })
  }
  return collection(features, basis)
}

export function blackSpotsGeoJson(items: readonly BlackSpot[], basis: FileBasis): string {
  return collection(items.map(({ line, lon, lat, ...properties }) => ({
    type: 'Feature',
    geometry: line && line.length > 1 ? { type: 'LineString', coordinates: line.map(([x, y]) => at(x, y)) } : { type: 'Point', coordinates: at(lon, lat) },
    properties: { ...properties, synthetic: basis.synthetic },
  })), basis)
}
