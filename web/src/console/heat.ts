/** The heat of a console or desk map: asks for the part of the city in view and turns the answer into surfaces. */
import { computed, shallowRef, type Ref } from 'vue'
import { decodeGrid, gridMax, gridQuantile, roundUp } from '../map/heat'
import type { Bounds, HeatGrid } from '../map/contract'
import { useSteady } from '../risk/steady'
import { consoleApi, type HeatAnswer } from './signals'
import type { Query } from '../api'

export type Compare = 'none' | 'beside' | 'minus'
export interface HeatAsk {
  query: Query
  from: number
  to: number
  compare: Compare
  bandwidth: number
  kernel?: string
  /** The period it is compared with, where it is not the same days a year before. */
  then?: [number, number] | null
}
/** The part of the map that is seen, and its size on the screen. */
export interface MapWindow { bounds: Bounds; width: number; height: number }

export function useHeat(ask: Ref<HeatAsk | null>, shared?: Ref<MapWindow | null>) {
  const view = shared ?? shallowRef<MapWindow | null>(null)
  const wish = computed(() => (ask.value && view.value ? { ...ask.value, window: view.value } : null))
  const steady = useSteady(wish, ({ query, from, to, compare, bandwidth, kernel, then, window }, signal) => {
    const width = Math.max(64, Math.min(480, Math.round(window.width / 2.4)))
    const height = Math.max(48, Math.min(480, Math.round((width * window.height) / Math.max(1, window.width))))
    return consoleApi.heat({ ...query, from, to, compare, compare_from: then?.[0], compare_to: then?.[1], bandwidth, kernel, bbox: boxWords(grown(window.bounds, 0.12)), width, height }, signal)
  })
  // The picture is read as it was asked for, not as it will be asked for next.
  const surfaces = computed(() => (steady.data.value ? surfacesOf(steady.data.value, steady.of.value?.compare ?? 'none') : null))
  return { answer: steady.data, error: steady.error, busy: steady.busy, view, surfaces, run: steady.run }
}
export const boxWords = (bounds: Bounds): string => bounds.map((n) => n.toFixed(6)).join(',')
export type Heat = ReturnType<typeof useHeat>

export interface Surfaces { main: HeatGrid; then: HeatGrid | null; max: number; kind: 'density' | 'difference' }

/** Two maps beside each other share one scale; a difference is scaled by its own largest size. */
export function surfacesOf(answer: HeatAnswer, compare: Compare): Surfaces | null {
  const read = (text: string) => decodeGrid(text, answer.width, answer.height)
  const make = (values: Float32Array, max: number, kind: 'density' | 'difference'): HeatGrid => ({ values, width: answer.width, height: answer.height, bbox: answer.bbox, kind, max })
  if (compare === 'minus' && answer.grid_minus) {
    const values = read(answer.grid_minus)
    // What lies beyond the end of the scale has the colour of its end.
    const max = roundUp(gridQuantile(values, 0.995))
    return { main: make(values, max, 'difference'), then: null, max, kind: 'difference' }
  }
  const values = read(answer.grid)
  const then = compare === 'beside' && answer.grid_then ? read(answer.grid_then) : null
  const max = roundUp(Math.max(gridMax(values), then ? gridMax(then) : 0))
  return { main: make(values, max, 'density'), then: then ? make(then, max, 'density') : null, max, kind: 'density' }
}

export function grown([west, south, east, north]: Bounds, share: number): Bounds {
  const dx = (east - west) * share
  const dy = (north - south) * share
  return [west - dx, south - dy, east + dx, north + dy]
}
