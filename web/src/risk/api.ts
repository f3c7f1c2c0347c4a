/** The requests of the risk screens: streets, hexagons, time, black spots, forecast, repeat calls. */
import { request, type Query } from '../api'
import type { Text } from '../i18n'
import type { Comparison } from '../console/signals'

export type Words = Text | string
/** What every answer says of itself: how many, when, how, from where, and whether it is made up. */
export interface Basis {
  n: number; period: [number, number]; method?: Words | null; source?: Words | null; synthetic?: boolean; computed_ms?: number
  n_then?: number; period_then?: [number, number] | null; comparison?: Comparison | null
}
export interface StreetAnswer extends Basis {
  bandwidth_m: number; lixel_m: number; estimator: string; unit: string; max: number; min: number
  streets: { starts: string; points: string; values: string; values_then?: string | null }
}
export interface Change { ratio: number | null; low: number | null; high: number | null; p: number | null; q: number | null; significant: boolean }
export interface Hexagon { lon: number; lat: number; n: number; then?: number | null; gi_z: number | null; gi_q: number | null; change?: Change | null }
export interface HexagonAnswer extends Basis { size_m: number; outline: [number, number][]; cells: Hexagon[] }
export interface TimeAnswer extends Basis { bin_ms: number; bins: number[]; start: number; span: [number, number]; hours: number[][] }

export interface Pattern { what: Words; value: Words | number; n: number; expected: number; p: number }
export interface Rule { id: string; name: Words; level?: Words | null; level_name?: Words | null; source?: Words | null; version?: string | null; confirmed: boolean; window_years: number; text: Words }
export type SpotStatus = 'found' | 'listed' | 'treated' | 'delisted'
export interface BlackSpot {
  key: string; rank: number; unit: 'interval' | 'junction'; name: string; lon: number; lat: number; line?: [number, number][] | null; road: string | null
  from_stake?: string | number | null; to_stake?: string | number | null; direction?: 'forward' | 'backward' | 'both' | null; length_m: number | null
  n: number; deaths: number; injured: number; by_severity: { fatal: number; serious: number; slight: number; damage: number; unknown: number }
  score: number; pattern?: Pattern | null; status: SpotStatus; since: number | null; spot?: string | null; case?: string | { id: string; number: string } | null
}
export interface BlackSpotAnswer extends Basis { rules: Rule[]; rule: string; items: BlackSpot[] }

export interface ForecastHour { mean: number; low: number; high: number; actual?: number | null }
export interface ForecastCell { key: string; name: string; lon: number; lat: number; mean: number; low: number; high: number; actual?: number | null; rank: number }
export interface ForecastScore { crps: number; crps_reference: number; skill: number; coverage: { nominal: number; actual: number }[]; pai: { share: number; pai: number; hit: number }[]; n: number }
export interface PastWeek { week: string; crps: number; crps_reference: number; coverage90: number; pai1: number; n: number }
export interface ForecastAnswer extends Partial<Basis> {
  weeks: string[]; week: string; from: number; to: number; published_at: number | null; model: Words; n_forecast: number; low: number; high: number; n_actual: number | null
  hours: ForecastHour[]; cells: ForecastCell[]; size_m: number; outline: [number, number][]; score: ForecastScore | null; history: PastWeek[]
}
export interface CellHours { key?: string; hours: ForecastHour[] }

export type Relation = 'same_incident' | 'same_trouble' | 'different'
export interface RepeatCall { id: string; at: number; words: string; place_name: string | null; lon?: number | null; lat?: number | null; incident: string | number | null; by: 'rule' | 'hand' | 'learnt'; likelihood: number | null; why: Words[] }
export interface Cluster { id: string; kind: 'incident' | 'trouble'; class: string | null; name: string; lon: number | null; lat: number | null; first: number; last: number; n_calls: number; n_incidents: number; calls: RepeatCall[] }
export interface RepeatAnswer extends Partial<Basis> { n_calls: number; n_incidents: number; n_troubles: number; n_repeats: number; rate: number | null; rule: { text: Words; [more: string]: unknown }; items: Cluster[]; next?: string | null; cursor?: string | null; total?: number }

const part = encodeURIComponent
const get = <T>(path: string, query?: Query, signal?: AbortSignal) => request<T>('GET', path, { query, signal })
/** Identifiers may be numbers on the wire; screens hold them as words. */
const tidy = (one: Cluster): Cluster => ({ ...one, id: String(one.id), calls: one.calls.map((call) => ({ ...call, id: String(call.id), why: call.why ?? [] })) })

export const riskApi = {
  streets: (query: Query, signal?: AbortSignal) => get<StreetAnswer>('/api/street-density', query, signal),
  hexagons: (query: Query, signal?: AbortSignal) => get<HexagonAnswer>('/api/hexagons', query, signal),
  time: (query: Query, signal?: AbortSignal) => get<TimeAnswer>('/api/time', query, signal),
  blackSpots: (query: Query, signal?: AbortSignal) => get<BlackSpotAnswer>('/api/black-spots', query, signal),
  list: (key: string, act: 'list' | 'delist', reason: string) => request<{ key?: string }>('POST', `/api/black-spots/${part(key)}/${act}`, { body: { reason } }),
  forecast: (week: string | null, signal?: AbortSignal) => get<ForecastAnswer>('/api/forecast', { week }, signal),
  forecastCell: (week: string, key: string, signal?: AbortSignal) => get<CellHours>('/api/forecast/cell', { week, key }, signal),
  repeats: (query: Query, signal?: AbortSignal) => get<RepeatAnswer>('/api/repeats', query, signal).then((page) => ({ ...page, items: page.items.map(tidy) })),
  correct: (body: { left: string; right: string; relation: Relation; reason: string }) => request<{ items?: Cluster[] } | Cluster[] | null>('POST', '/api/repeats/corrections', { body }),
}
