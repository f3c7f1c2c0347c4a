/** Density along the streets as coloured lines. */
import { mercatorY } from './heat'
import { canvasLayer } from './canvas-layer'
import { scalePosition, streetRamp, type Ramp } from './ramp'
import type { MapTheme, StreetDensity } from './contract'

const earth = 6378137
const steps = 40

/** Pieces of street in the order they are drawn: by step of the colour scale, the strongest last. */
export interface Drawing {
  /** Web Mercator metres, x and y in turn. */
  places: Float64Array
  /** Indices of the pieces, those of one step together. */
  order: Uint32Array
  /** Steps of the scale (0…steps−1) with the part of `order` they own. */
  groups: { step: number; from: number; to: number }[]
}

export function arrange(streets: StreetDensity): Drawing {
  const places = new Float64Array(streets.points.length)
  for (let i = 0; i < places.length; i += 2) {
    places[i] = (streets.points[i]! / 1e6) * (Math.PI / 180) * earth
    places[i + 1] = mercatorY(streets.points[i + 1]! / 1e6) * earth
  }
  const stepOf = (value: number) => {
    if (!Number.isFinite(value) || value === 0 || (streets.kind === 'density' && value < 0)) return -1
    const at = scalePosition(value, streets.max, streets.kind)
    // A difference that is hardly one lets the map through.
    if (streets.kind === 'difference' && Math.abs(at - 0.5) < 0.03) return -1
    return Math.min(steps - 1, Math.floor(at * steps))
  }
  const counts = new Uint32Array(steps)
  for (const value of streets.values) {
    const step = stepOf(value)
    if (step >= 0) counts[step]!++
  }
  const strength = (step: number) => (streets.kind === 'density' ? step : Math.abs(step + 0.5 - steps / 2))
  const drawn = Array.from({ length: steps }, (_, step) => step).filter((step) => counts[step]).sort((a, b) => strength(a) - strength(b))
  const next = new Uint32Array(steps)
  const groups: Drawing['groups'] = []
  let at = 0
  for (const step of drawn) {
    next[step] = at
    groups.push({ step, from: at, to: at + counts[step]! })
    at += counts[step]!
  }
  const order = new Uint32Array(at)
  for (let i = 0; i < streets.values.length; i++) {
    const step = stepOf(streets.values[i]!)
    if (step >= 0) order[next[step]!++] = i
  }
  return { places, order, groups }
}

export function streetLayer(theme: MapTheme) {
  let streets: StreetDensity | null = null
  let drawing: Drawing | null = null
  let ramp: Ramp | null = null
  let currentTheme = theme

  const painted = canvasLayer(22, ({ context, extent, scale, pixelRatio, resolution }) => {
    if (!streets || !drawing || !ramp) return
    const { places, order, groups } = drawing
    const [left, bottom, right, top] = extent as [number, number, number, number]
    const margin = 400
    const thin = Math.min(7, Math.max(1.6, 34 / resolution ** 0.9))
    context.lineJoin = 'round'
    context.lineCap = order.length < 15_000 ? 'round' : 'butt'
    for (const { step, from, to } of groups) {
      const at = (step + 0.5) / steps
      const strength = streets.kind === 'density' ? at : Math.abs(at - 0.5) * 2
      const entry = Math.round(at * 255) * 4
      context.strokeStyle = `rgba(${ramp[entry]},${ramp[entry + 1]},${ramp[entry + 2]},${(ramp[entry + 3]! / 255).toFixed(3)})`
      context.lineWidth = thin * (0.75 + 1.1 * strength) * pixelRatio
      context.beginPath()
      for (let k = from; k < to; k++) {
        const piece = order[k]!
        const first = streets.starts[piece]! * 2
        const last = streets.starts[piece + 1]! * 2 - 2
        if (last <= first) continue
        const x = places[first]!
        const y = places[first + 1]!
        if (x < left - margin || x > right + margin || y < bottom - margin || y > top + margin) continue
        context.moveTo((x - left) * scale, (top - y) * scale)
        for (let i = first + 2; i <= last; i += 2) context.lineTo((places[i]! - left) * scale, (top - places[i + 1]!) * scale)
      }
      context.stroke()
    }
  })
  const restyle = () => {
    ramp = streets ? streetRamp(streets.kind, currentTheme) : null
  }
  return {
    layer: painted.layer,
    set(next: StreetDensity | null) {
      streets = next
      drawing = next ? arrange(next) : null
      restyle()
      painted.show(next !== null)
    },
    setTheme(next: MapTheme) {
      if (next === currentTheme) return
      currentTheme = next
      restyle()
      if (streets) painted.show(true)
    },
  }
}
