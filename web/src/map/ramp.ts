/**
 * Colour scales for surfaces. Stops are joined in OKLab, where equal steps look equal
 * (Björn Ottosson, "A perceptual color space for image processing", 2020).
 */
import type { MapTheme } from './contract'

type Rgb = [number, number, number]
type Stop = { at: number; color: string; alpha: number }

/** 256 RGBA entries, not premultiplied. */
export type Ramp = Uint8ClampedArray

const densityDark: Stop[] = [
  { at: 0, color: '#1d5f8a', alpha: 0 },
  { at: 0.1, color: '#1f6d9c', alpha: 0.32 },
  { at: 0.3, color: '#2f93b5', alpha: 0.62 },
  { at: 0.5, color: '#7fae8c', alpha: 0.74 },
  { at: 0.7, color: '#e6b252', alpha: 0.82 },
  { at: 0.87, color: '#f08a4b', alpha: 0.88 },
  { at: 1, color: '#ff6b57', alpha: 0.92 },
]

const densityLight: Stop[] = [
  { at: 0, color: '#ffe9a8', alpha: 0 },
  { at: 0.1, color: '#ffe08f', alpha: 0.45 },
  { at: 0.35, color: '#fdb45c', alpha: 0.68 },
  { at: 0.6, color: '#ee7a3b', alpha: 0.76 },
  { at: 0.82, color: '#cb3b2e', alpha: 0.82 },
  { at: 1, color: '#8c1030', alpha: 0.86 },
]

/** Fewer is blue, more is red; the middle says nothing and lets the map through. */
const differenceDark: Stop[] = [
  { at: 0, color: '#5aa9ff', alpha: 0.92 },
  { at: 0.25, color: '#3f86d8', alpha: 0.74 },
  { at: 0.45, color: '#4a6f97', alpha: 0.16 },
  { at: 0.5, color: '#6b7685', alpha: 0 },
  { at: 0.55, color: '#97665c', alpha: 0.16 },
  { at: 0.75, color: '#d8604a', alpha: 0.74 },
  { at: 1, color: '#ff7a62', alpha: 0.92 },
]

const differenceLight: Stop[] = [
  { at: 0, color: '#0b4fa8', alpha: 0.86 },
  { at: 0.25, color: '#3f80cc', alpha: 0.7 },
  { at: 0.45, color: '#a3bede', alpha: 0.2 },
  { at: 0.5, color: '#dddddd', alpha: 0 },
  { at: 0.55, color: '#e2b1a4', alpha: 0.2 },
  { at: 0.75, color: '#d0553f', alpha: 0.7 },
  { at: 1, color: '#a31327', alpha: 0.86 },
]

export function heatRamp(kind: 'density' | 'difference', theme: MapTheme): Ramp {
  if (kind === 'difference') return buildRamp(theme === 'dark' ? differenceDark : differenceLight)
  return buildRamp(theme === 'dark' ? densityDark : densityLight)
}

/** Lines are thin: their colours stand out against pale and coloured roads alike, the least of them too. */
const streetLight: Stop[] = [
  { at: 0, color: '#e8b84a', alpha: 0.75 },
  { at: 0.3, color: '#ee8f2f', alpha: 0.9 },
  { at: 0.6, color: '#d9482b', alpha: 0.95 },
  { at: 0.82, color: '#a81d3c', alpha: 1 },
  { at: 1, color: '#5f0f45', alpha: 1 },
]
const streetDark: Stop[] = [
  { at: 0, color: '#2a6f9e', alpha: 0.75 },
  { at: 0.3, color: '#35a2bd', alpha: 0.9 },
  { at: 0.55, color: '#a8c46c', alpha: 0.95 },
  { at: 0.78, color: '#f4b64a', alpha: 1 },
  { at: 1, color: '#ff6a55', alpha: 1 },
]
export function streetRamp(kind: 'density' | 'difference', theme: MapTheme): Ramp {
  if (kind === 'density') return buildRamp(theme === 'dark' ? streetDark : streetLight)
  const stops = theme === 'dark' ? differenceDark : differenceLight
  return buildRamp(stops.map((stop) => ({ ...stop, alpha: Math.max(0.35, Math.min(1, stop.alpha + 0.12)) })))
}

/** Densities are long-tailed: a power below 1 keeps places with a few records visible, and legends carry ticks at true values. */
const power = { density: 0.7, difference: 0.9 }

/** Place of a value on the scale, 0..1. Differences stay symmetric about 0.5. */
export function scalePosition(value: number, max: number, kind: 'density' | 'difference'): number {
  if (!(max > 0) || !Number.isFinite(value)) return kind === 'difference' ? 0.5 : 0
  const share = Math.min(1, Math.abs(value) / max)
  const raised = share ** power[kind]
  if (kind === 'density') return value > 0 ? raised : 0
  return 0.5 + (Math.sign(value) * raised) / 2
}

/** The inverse of {@link scalePosition}: the value that stands at a place of the scale. */
export function scaleValue(position: number, max: number, kind: 'density' | 'difference'): number {
  if (kind === 'density') return position ** (1 / power[kind]) * max
  const signed = (position - 0.5) * 2
  return Math.sign(signed) * Math.abs(signed) ** (1 / power[kind]) * max
}

/** A CSS gradient that shows the ramp over a background, for legends. */
export function rampGradient(ramp: Ramp): string {
  const parts: string[] = []
  for (let i = 0; i <= 16; i++) {
    const at = Math.min(255, i * 16)
    const alpha = (ramp[at * 4 + 3] ?? 0) / 255
    parts.push(`rgba(${ramp[at * 4]},${ramp[at * 4 + 1]},${ramp[at * 4 + 2]},${alpha.toFixed(3)}) ${((i / 16) * 100).toFixed(1)}%`)
  }
  return `linear-gradient(to right, ${parts.join(', ')})`
}

/** Lightness (OKLab L, 0..1) of an opaque colour: used to check that a scale rises evenly. */
export function lightness(red: number, green: number, blue: number): number {
  return toOklab([red, green, blue])[0]
}

function buildRamp(stops: Stop[]): Ramp {
  const ramp = new Uint8ClampedArray(256 * 4)
  const colors = stops.map((stop) => toOklab(parseHex(stop.color)))
  let segment = 0
  for (let i = 0; i < 256; i++) {
    const position = i / 255
    while (segment < stops.length - 2 && position > stops[segment + 1]!.at) segment++
    const low = stops[segment]!
    const high = stops[segment + 1]!
    const share = Math.min(1, Math.max(0, (position - low.at) / (high.at - low.at)))
    const from = colors[segment]!
    const to = colors[segment + 1]!
    const rgb = fromOklab([0, 1, 2].map((k) => from[k]! + (to[k]! - from[k]!) * share) as Rgb)
    ramp.set(rgb, i * 4)
    ramp[i * 4 + 3] = Math.round(255 * (low.alpha + (high.alpha - low.alpha) * share))
  }
  return ramp
}

function parseHex(hex: string): Rgb {
  const number = Number.parseInt(hex.slice(1), 16)
  return [(number >> 16) & 255, (number >> 8) & 255, number & 255]
}

function toOklab([red, green, blue]: Rgb): Rgb {
  const linear = (channel: number) => {
    const c = channel / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }
  const r = linear(red)
  const g = linear(green)
  const b = linear(blue)
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}

function fromOklab([lightnessValue, a, b]: Rgb): Rgb {
  const l = (lightnessValue + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightnessValue - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightnessValue - 0.0894841775 * a - 1.291485548 * b) ** 3
  const gamma = (c: number) => 255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055)
  return [
    gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    gamma(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ]
}
