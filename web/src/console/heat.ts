/** The heat of a console or desk map: asks for the part of the city in view and turns the answer into surfaces. */
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import type { ApiError } from '../api'
import { asApiError } from '../load'
import { decodeGrid, gridMax, gridQuantile, roundUp } from '../map/heat'
import type { Bounds, HeatGrid } from '../map/contract'
import { consoleApi, type HeatAnswer } from './signals'
import type { Query } from '../api'

export type Compare = 'none' | 'beside' | 'minus'
export interface HeatAsk {
  query: Query
  from: number
  to: number
  compare: Compare
  bandwidth: number
}

export function useHeat(ask: Ref<HeatAsk | null>) {
  const answer = shallowRef<HeatAnswer | null>(null)
  const error = shallowRef<ApiError | null>(null)
  const busy = ref(false)
  const view = shallowRef<{ bounds: Bounds; width: number; height: number } | null>(null)
  let abort: AbortController | null = null
  let timer = 0

  async function run(): Promise<void> {
    const wanted = ask.value
    const box = view.value
    abort?.abort()
    if (!wanted || !box) {
      if (!wanted) answer.value = null
      busy.value = false
      return
    }
    const mine = (abort = new AbortController())
    busy.value = true
    const [west, south, east, north] = grown(box.bounds, 0.12)
    const width = Math.max(64, Math.min(480, Math.round(box.width / 2.4)))
    const height = Math.max(48, Math.min(480, Math.round((width * box.height) / Math.max(1, box.width))))
    try {
      const found = await consoleApi.heat(
        { ...wanted.query, from: wanted.from, to: wanted.to, compare: wanted.compare, bandwidth: wanted.bandwidth, bbox: [west, south, east, north].map((n) => n.toFixed(6)).join(','), width, height },
        mine.signal,
      )
      if (abort !== mine) return
      answer.value = found
      error.value = null
    } catch (cause) {
      if (abort === mine && !(cause instanceof DOMException && cause.name === 'AbortError')) error.value = asApiError(cause)
    } finally {
      if (abort === mine) busy.value = false
    }
  }
  const later = (ms: number) => {
    window.clearTimeout(timer)
    timer = window.setTimeout(run, ms)
  }
  watch(ask, () => later(60), { deep: true, immediate: true })
  watch(view, (next, last) => {
    if (ask.value && (!last || !next || next.bounds.join() !== last.bounds.join())) later(220)
  })
  onScopeDispose(() => {
    window.clearTimeout(timer)
    abort?.abort()
  })

  const surfaces = computed(() => (answer.value ? surfacesOf(answer.value, ask.value?.compare ?? 'none') : null))
  return { answer, error, busy, view, surfaces, run }
}
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

function grown([west, south, east, north]: Bounds, share: number): Bounds {
  const dx = (east - west) * share
  const dy = (north - south) * share
  return [west - dx, south - dy, east + dx, north + dy]
}
