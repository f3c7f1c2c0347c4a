/** Filters of records, as the address bar holds them: a link shows what its sender saw. */
import type { Query } from '../api'

export type SignalKind = 'call' | 'crash'
export type Severity = 'fatal' | 'serious' | 'slight' | 'damage'
export type Preset = 'today' | '7' | '30' | '90' | '365' | 'custom'

export interface Filters {
  kinds: SignalKind[]
  classes: string[]
  severities: Severity[]
  area: string
  /** First and last hour of the day, both included; first > last runs over midnight. */
  hours: [number, number] | null
  /** 1 Monday … 7 Sunday; empty is every day. */
  weekdays: number[]
  valid: '' | 'true' | 'false'
  words: string
  place: string
}

export interface Period {
  preset: Preset
  /** yyyy-mm-dd, only for `custom`; both days included. */
  from: string
  to: string
}

export const noFilters: Filters = { kinds: [], classes: [], severities: [], area: '', hours: null, weekdays: [], valid: '', words: '', place: '' }

type Raw = Record<string, unknown>
const kinds: readonly SignalKind[] = ['call', 'crash']
const severities: readonly Severity[] = ['fatal', 'serious', 'slight', 'damage']
const presets: readonly Preset[] = ['today', '7', '30', '90', '365', 'custom']

/** Reads filters from the address; whatever is not understood is left out, never an error. */
export function filtersOf(query: Raw): Filters {
  const valid = word(query.valid)
  return {
    kinds: list(query.kind).filter((one): one is SignalKind => (kinds as readonly string[]).includes(one)),
    classes: list(query.class).filter((one) => /^[\w-]{1,40}$/.test(one)),
    severities: list(query.severity).filter((one): one is Severity => (severities as readonly string[]).includes(one)),
    area: word(query.area).slice(0, 120),
    hours: hourRange(word(query.hours)),
    weekdays: weekdayList(word(query.weekdays)),
    valid: valid === 'true' || valid === 'false' ? valid : '',
    words: word(query.q).slice(0, 100),
    place: word(query.place).slice(0, 160),
  }
}

/** The same filters as parts of an address; what is at rest is absent. */
export function filtersToQuery(filters: Filters): Record<string, string | undefined> {
  return {
    kind: filters.kinds.join(',') || undefined,
    class: filters.classes.join(',') || undefined,
    severity: filters.severities.join(',') || undefined,
    area: filters.area || undefined,
    hours: filters.hours ? `${filters.hours[0]}-${filters.hours[1]}` : undefined,
    weekdays: weekdayWords(filters.weekdays) || undefined,
    valid: filters.valid || undefined,
    q: filters.words || undefined,
    place: filters.place || undefined,
  }
}

/** What the server is asked: hours over midnight become two ranges; without a word on validity it takes the valid ones. */
export function filtersToApi(filters: Filters): Query {
  const query: Query = { ...filtersToQuery(filters) }
  if (filters.hours && filters.hours[0] > filters.hours[1]) query.hours = `${filters.hours[0]}-23,0-${filters.hours[1]}`
  if (filters.valid) query.valid = filters.valid === 'true' ? '1' : '0'
  return query
}

export function periodOf(query: Raw, rest: Preset): Period {
  const preset = word(query.period)
  const from = day(query.from)
  const to = day(query.to)
  if (preset === 'custom' && from && to && from <= to) return { preset: 'custom', from, to }
  return { preset: preset !== 'custom' && (presets as readonly string[]).includes(preset) ? (preset as Preset) : rest, from: '', to: '' }
}

export function periodToQuery(period: Period, rest: Preset): Record<string, string | undefined> {
  if (period.preset === 'custom') return { period: 'custom', from: period.from, to: period.to }
  return { period: period.preset === rest ? undefined : period.preset, from: undefined, to: undefined }
}

const oneDay = 86_400_000

/**
 * Beginning and end in milliseconds. A preset of n days ends now and begins with the day n−1 days ago, so that whole
 * days are counted; `startOf` gives the first millisecond of a yyyy-mm-dd day, `dayOf` the day of a moment.
 */
export function periodRange(period: Period, now: number, startOf: (day: string) => number, dayOf: (ms: number) => string): [number, number] {
  if (period.preset === 'custom') return [startOf(period.from), startOf(dayOf(startOf(period.to) + oneDay * 1.5))]
  const days = period.preset === 'today' ? 1 : Number(period.preset)
  return [startOf(dayOf(now - (days - 1) * oneDay)), now]
}

/** True when a record of today passes; the console keeps the day in memory and filters at once. */
export function passes(record: { class: string | null; class_suggested: string | null; area: { key: string } | null; at: number; valid: boolean; words: string; place: { key: string; name: string } | null; place_text: string | null }, filters: Filters, hourOf: (ms: number) => number): boolean {
  if (filters.classes.length && !filters.classes.includes(record.class ?? record.class_suggested ?? '')) return false
  if (filters.area && record.area?.key !== filters.area) return false
  if (filters.valid && String(record.valid) !== filters.valid) return false
  if (filters.place && record.place?.key !== filters.place) return false
  if (filters.hours) {
    const hour = hourOf(record.at)
    const [first, last] = filters.hours
    if (first <= last ? hour < first || hour > last : hour < first && hour > last) return false
  }
  if (filters.words) {
    const hay = `${record.words} ${record.place?.name ?? ''} ${record.place_text ?? ''}`.toLowerCase()
    if (!hay.includes(filters.words.toLowerCase())) return false
  }
  return true
}

export function countActive(filters: Filters): number {
  return Object.values(filtersToQuery(filters)).filter(Boolean).length
}

function word(value: unknown): string {
  return typeof value === 'string' ? value.trim() : Array.isArray(value) ? word(value[0]) : ''
}

function list(value: unknown): string[] {
  return [...new Set(word(value).split(',').map((one) => one.trim()).filter(Boolean))]
}

function day(value: unknown): string {
  const text = word(value)
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : ''
}

function hourRange(text: string): [number, number] | null {
  const match = /^(\d{1,2})-(\d{1,2})$/.exec(text)
  if (!match) return null
  const [first, last] = [Number(match[1]), Number(match[2])]
  return first <= 23 && last <= 23 && !(first === 0 && last === 23) ? [first, last] : null
}

function weekdayList(text: string): number[] {
  const days = new Set<number>()
  for (const part of text.split(',')) {
    const match = /^([1-7])(?:-([1-7]))?$/.exec(part.trim())
    if (!match) continue
    for (let n = Number(match[1]); n <= Number(match[2] ?? match[1]); n++) days.add(n)
  }
  return days.size === 7 ? [] : [...days].sort()
}

function weekdayWords(days: readonly number[]): string {
  const sorted = [...new Set(days)].sort()
  if (sorted.length === 0 || sorted.length === 7) return ''
  const parts: string[] = []
  for (let i = 0; i < sorted.length; ) {
    let j = i
    while (j + 1 < sorted.length && sorted[j + 1] === sorted[j]! + 1) j++
    parts.push(i === j ? String(sorted[i]) : `${sorted[i]}-${sorted[j]}`)
    i = j + 1
  }
  return parts.join(',')
}
