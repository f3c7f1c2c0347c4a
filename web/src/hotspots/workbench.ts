/** What the workbench shows: everything a person may want to share stands in the address, the rest follows from it. */
import { computed, ref, shallowRef } from 'vue'
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router'
import { now } from '../city'
import { dayStart, isoDay } from '../when'
import { filtersOf, filtersToApi, filtersToQuery, periodOf, periodRange, periodToQuery, type Filters, type Period } from '../console/filters'
import { boxWords, grown, useHeat, type Compare, type HeatAsk, type MapWindow } from '../console/heat'
import { consoleApi, type Rank } from '../console/signals'
import { riskApi } from '../risk/api'
import type { Span } from '../risk/brush'
import { useSteady } from '../risk/steady'

export const layers = ['spots', 'heat', 'streets', 'hexagons', 'rules'] as const
export type Layer = (typeof layers)[number]
export const ranks: readonly Rank[] = ['rate', 'excess', 'count', 'score', 'gi']
export const kernels = ['epanechnikov', 'quartic', 'triangular', 'uniform'] as const
export const estimators = ['simple', 'discontinuous', 'continuous'] as const
export const bandwidths = [150, 300, 500, 800]
/** What can be compared on which layer. */
export const comparesOf = (layer: Layer): Compare[] => (layer === 'heat' || layer === 'streets' ? ['none', 'beside', 'minus'] : layer === 'hexagons' ? ['none', 'minus'] : [])

const pick = <T extends string>(given: unknown, list: readonly T[], rest: T): T => (list as readonly unknown[]).includes(given) ? (given as T) : rest
const day = (given: unknown) => (typeof given === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(given) ? given : '')

export function useWorkbench() {
  const route = useRoute()
  const router = useRouter()
  function go(change: Record<string, string | undefined>): Promise<unknown> {
    const query: LocationQueryRaw = { ...route.query }
    for (const [name, value] of Object.entries(change)) {
      if (value === undefined) delete query[name]
      else query[name] = value
    }
    return router.replace({ name: 'hotspots', params: route.params, query })
  }
  const filters = computed(() => filtersOf(route.query))
  const period = computed(() => periodOf(route.query, '90'))
  const places = computed(() => pick(route.query.places, ['both', 'crossing', 'section'] as const, 'both'))
  // Addresses of before: `layer=beside` and `layer=minus` were the heat, compared.
  const isOld = computed(() => route.query.layer === 'beside' || route.query.layer === 'minus')
  const layer = computed<Layer>(() => (isOld.value ? 'heat' : pick(route.query.layer, layers, 'spots')))
  const compare = computed<Compare>(() => {
    const asked = isOld.value ? (route.query.layer as Compare) : pick(route.query.compare, ['none', 'beside', 'minus'] as const, 'none')
    return comparesOf(layer.value).includes(asked) ? asked : 'none'
  })
  const rank = computed<Rank>(() => pick(route.query.rank, ranks, ranks[0]!))
  const bandwidth = computed(() => (bandwidths.includes(Number(route.query.bandwidth)) ? Number(route.query.bandwidth) : 300))
  const kernel = computed(() => pick(route.query.kernel, kernels, 'epanechnikov'))
  const estimator = computed(() => pick(route.query.estimator, estimators, 'simple'))
  const rule = computed(() => (typeof route.query.rule === 'string' ? route.query.rule : ''))
  const selected = computed(() => (typeof route.params.key === 'string' && route.params.key ? route.params.key : null))

  const opened = ref(now())
  /** The window while somebody drags it; the address follows when they let go. */
  const draft = shallowRef<Span | null>(null)
  const range = computed<Span>(() => draft.value ?? periodRange(period.value, opened.value, dayStart, isoDay))
  const thenKind = computed(() => pick(route.query.then, ['year', 'before', 'custom'] as const, 'year'))
  /** The period it is compared with; null leaves it to the server: the same days a year before. */
  const then = computed<Span | null>(() => {
    const [from, to] = range.value
    if (thenKind.value === 'before') return [from - (to - from), from]
    const [first, last] = [day(route.query.then_from), day(route.query.then_to)]
    return thenKind.value === 'custom' && first && last && first <= last ? [dayStart(first), dayStart(isoDay(dayStart(last) + 36 * 3_600_000))] : null
  })
  const setFilters = (next: Filters) => void go(filtersToQuery(next))
  const setPeriod = (next: Period) => go(periodToQuery(next, '90'))
  async function setSpan([from, to]: Span): Promise<void> {
    // A quarter of a day inwards: a change to summer time does not move the days.
    await setPeriod({ preset: 'custom', from: isoDay(from + 6 * 3_600_000), to: isoDay(to - 6 * 3_600_000) })
    draft.value = null
  }
  const setLayer = (next: Layer) => go({ layer: next === 'spots' ? undefined : next, compare: comparesOf(next).includes(compare.value) && compare.value !== 'none' ? compare.value : undefined })
  const setCompare = (next: Compare) => go({ compare: next === 'none' ? undefined : next, ...(isOld.value ? { layer: 'heat' } : {}) })

  const base = computed(() => ({ ...filtersToApi(filters.value), from: range.value[0], to: range.value[1], compare_from: then.value?.[0], compare_to: then.value?.[1] }))
  // `kind` carries both what is counted and where it is counted; the words of the two never meet.
  const query = computed(() => ({ ...base.value, kind: [...(filters.value.kinds.length ? filters.value.kinds : ['call', 'crash']), ...(places.value === 'both' ? ['crossing', 'section'] : [places.value])].join(',') }))
  const view = shallowRef<MapWindow | null>(null)

  const listAsk = computed(() => ({ ...query.value, rank: rank.value, limit: 60 }))
  const list = useSteady(listAsk, (wish, signal) => consoleApi.hotspots(wish, signal))
  const heatAsk = computed<HeatAsk | null>(() => (layer.value === 'heat' ? { query: filtersToApi(filters.value), from: range.value[0], to: range.value[1], compare: compare.value, bandwidth: bandwidth.value, kernel: kernel.value === 'epanechnikov' ? undefined : kernel.value, then: then.value } : null))
  const heat = useHeat(heatAsk, view)

  const streetAsk = computed(() => (layer.value === 'streets' && view.value ? { ...base.value, compare: compare.value === 'minus' ? 'minus' : 'none', bandwidth: bandwidth.value, estimator: estimator.value, bbox: boxWords(grown(view.value.bounds, 0.12)) } : null))
  const streets = useSteady(streetAsk, (wish, signal) => riskApi.streets(wish, signal))
  const thenSpan = computed<Span>(() => then.value ?? list.data.value?.period_then ?? yearBefore(range.value))
  const streetThenAsk = computed(() => (streetAsk.value && compare.value === 'beside' ? { ...streetAsk.value, from: thenSpan.value[0], to: thenSpan.value[1] } : null))
  const streetsThen = useSteady(streetThenAsk, (wish, signal) => riskApi.streets(wish, signal))

  const hexagonAsk = computed(() => (layer.value === 'hexagons' && view.value ? { ...base.value, compare: compare.value === 'minus' ? 'minus' : 'none', bbox: boxWords(grown(view.value.bounds, 0.12)), size: sizeFor(view.value) } : null))
  const hexagons = useSteady(hexagonAsk, (wish, signal) => riskApi.hexagons(wish, signal))
  const rulesAsk = computed(() => (layer.value === 'rules' ? { rule: rule.value || undefined, to: range.value[1] } : null))
  const rules = useSteady(rulesAsk, (wish, signal) => riskApi.blackSpots(wish, signal))
  const timeAsk = computed(() => base.value)
  const time = useSteady(timeAsk, (wish, signal) => riskApi.time(wish, signal))

  return {
    go, filters, period, places, layer, compare, rank, bandwidth, kernel, estimator, rule, selected, draft, range, thenKind, then, thenSpan,
    setFilters, setPeriod, setSpan, setLayer, setCompare, query, view, list, heat, streets, streetsThen, hexagons, rules, time,
    /** Selecting writes the address; null closes. */
    select: (key: string | null) => void router.replace({ name: 'hotspots', params: key ? { key } : {}, query: route.query }),
  }
}
export type Workbench = ReturnType<typeof useWorkbench>

const yearBefore = ([from, to]: Span): Span => [dayStart(shiftYear(isoDay(from))), dayStart(shiftYear(isoDay(from))) + (to - from)]
function shiftYear(text: string): string {
  const shifted = `${Number(text.slice(0, 4)) - 1}${text.slice(4)}`
  return shifted.endsWith('-02-29') ? shifted.replace('-29', '-28') : shifted
}
/** About forty hexagons across the map. */
function sizeFor(window: MapWindow): number {
  const metres = (window.bounds[2] - window.bounds[0]) * 111_320 * Math.cos((window.bounds[1] * Math.PI) / 180)
  return [250, 500, 1000, 2000].find((size) => metres / size < 46) ?? 4000
}
