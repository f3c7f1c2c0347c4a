/** The requests of the console and the hot-spot list, beyond those every screen uses. */
import { request, type Candidate, type Case, type CaseRow, type Page, type Query, type Signal } from '../api'
import type { Text } from '../i18n'

/** What was done to a record, as the ledger tells it. */
export interface HistoryEntry {
  at: number; actor?: string | null; label?: string; kind?: string; reason?: string | null
  body?: { reason?: string | null; class?: string | { from?: string; to?: string }; valid?: boolean | { from?: boolean; to?: boolean } } | null
}
export interface SignalDetail extends Signal {
  history?: HistoryEntry[]
}
/** What words say of class and place; `ask` is what to ask the caller where they do not say one place. */
export interface Suggestion { class: string; reason: string; places: Candidate[]; verdict: string; ask: string | null; understood: { part: string; read_as: string }[] }
export interface Comparison { n_now?: number; n_then?: number; significant?: boolean; ratio: number | null; low: number | null; high: number | null; p: number | null; verdict: Text | string | null }
export interface HeatAnswer {
  n: number; n_then?: number; period: [number, number]; period_then?: [number, number]; bandwidth_m: number; kernel: string
  width: number; height: number; bbox: [number, number, number, number]; unit: string; max: number; max_then?: number | null
  grid: string; grid_then?: string | null; grid_minus?: string | null; comparison?: Comparison | null; source?: string | Text | null; computed_ms?: number; synthetic?: boolean
  /** `exact`, or `cells` with `error_bound` as a share of the peak. */
  mode?: string; error_bound?: number | null; method?: string | Text | null
}
export interface HotSpot {
  rank: number; key: string; kind: string; name: string; lon: number; lat: number; line?: [number, number][] | null; length_m?: number | null
  calls: number; crashes: number; deaths: number; injured: number; score: number; expected: number; p: number | null; q: number | null; significant: boolean
  then: { calls: number; crashes: number } | null; comparison: Comparison | null; open_cases: { id: string; number: string; stage?: string | { label: string } }[]
  /** Getis–Ord Gi* on the network. */
  gi?: { z: number; p: number | null; q: number | null } | null
  /** Records above what such a place should have, how sure it is that there are any, and the estimate per km of street. */
  excess?: number | null; p_excess?: number | null; per_km?: number | null
}
export type Rank = 'rate' | 'excess' | 'count' | 'score' | 'gi'
export interface HotSpotPage { items: HotSpot[]; n: number; period: [number, number]; method: string | Text; ranks?: (Rank | string)[]; source?: string | Text | null; synthetic?: boolean; period_then?: [number, number] | null }
export interface HotSpotDetail extends HotSpot {
  hours: number[][]; by_class: Record<string, number> | { class: string; n: number }[]; by_month: { month: string; n: number }[]
  signals: Signal[]; total: number; cases: CaseRow[]; proposal: { unit: { id: string; name: string | Text } | string; reason: string | Text } | null
  n?: number; period?: [number, number]; method?: string | Text; source?: string | Text | null; synthetic?: boolean
  eb?: { expected: number; estimate: number; sd: number; excess: number; p_excess: number | null; model?: string | Text | null } | null
  patterns?: { what: string | Text; value: string | Text | number; n: number; expected: number; p: number }[] | null
}
export interface NewSignal { kind: 'call' | 'crash'; class?: string; at?: number; words: string; place_text?: string; lon?: number; lat?: number; caller_phone?: string; injured?: number; deaths?: number }

const part = encodeURIComponent
/** Identifiers may be numbers on the wire; screens, addresses and maps hold them as words. */
function tidy<T extends Signal>(record: T): T {
  return { ...record, id: String(record.id), repeat_of: record.repeat_of === null || record.repeat_of === undefined ? null : String(record.repeat_of), cases: record.cases ?? [], class: record.class || null, place: record.place && (record.place.key || record.place.name) ? record.place : null }
}
export const consoleApi = {
  signal: (id: string) => request<SignalDetail>('GET', `/api/signals/${part(id)}`).then(tidy),
  addSignal: (body: NewSignal) => request<Signal>('POST', '/api/signals', { body }).then(tidy),
  correct: (id: string, body: { class?: string; valid?: boolean; reason: string }) => request<Signal>('PATCH', `/api/signals/${part(id)}`, { body }).then(tidy),
  suggest: (words: string, signal?: AbortSignal) => request<Suggestion>('POST', '/api/signals/suggest', { body: { words }, signal }),
  heat: (query: Query, signal?: AbortSignal) => request<HeatAnswer>('GET', '/api/heat', { query, signal }),
  hotspots: (query: Query, signal?: AbortSignal) => request<HotSpotPage>('GET', '/api/hotspots', { query, signal }),
  hotspot: (key: string, query: Query, signal?: AbortSignal) => request<HotSpotDetail>('GET', `/api/hotspots/${part(key)}`, { query, signal }).then((spot) => ({ ...spot, signals: spot.signals.map(tidy) })),
  openCase: (body: unknown) => request<Case>('POST', '/api/cases', { body }),
}

/** Every record of a query, page by page, up to `most`. */
export async function allSignals(query: Query, signal: AbortSignal | undefined, most = 3000): Promise<{ items: Signal[]; total: number }> {
  const items: Signal[] = []
  let cursor: string | null = null
  let total = 0
  do {
    const page: Page<Signal> = await request<Page<Signal>>('GET', '/api/signals', { query: { ...query, limit: 500, cursor }, signal })
    items.push(...page.items.map(tidy))
    total = page.total
    cursor = page.items.length ? page.next : null
  } while (cursor && items.length < most)
  return { items, total }
}

/** False while the class is only the machine's proposal. */
export function isSettled(record: { class: string | null; class_by: string | null }): boolean {
  return record.class !== null && record.class_by !== null && record.class_by !== 'suggestion' && record.class_by !== 'rule'
}

/** A list that was asked for, with what came by the stream while it was on its way: newer than what the answer says of it. */
export function withNews(asked: readonly Signal[], news: ReadonlyMap<string, Signal>): Signal[] {
  const known = new Set(asked.map((one) => one.id))
  return [...asked.map((one) => news.get(one.id) ?? one), ...[...news.values()].filter((one) => !known.has(one.id))]
}
