import { describe, expect, it } from 'vitest'
import { countActive, filtersOf, filtersToApi, filtersToQuery, noFilters, passes, periodOf, periodRange, periodToQuery, type Filters } from './filters'

const there = (filters: Filters) => Object.fromEntries(Object.entries(filtersToQuery(filters)).filter(([, value]) => value !== undefined))
const full: Filters = { kinds: ['call', 'crash'], classes: ['accident', 'order'], severities: ['fatal'], area: 'a:33', hours: [19, 5], weekdays: [1, 2, 3, 5], valid: 'true', words: '追尾', place: 'x12' }

describe('filters in the address', () => {
  it('go there and come back', () => {
    expect(filtersOf(there(full))).toEqual(full)
    expect(filtersOf({})).toEqual(noFilters)
    expect(there(noFilters)).toEqual({})
  })
  it('write weekdays as ranges and leave out what is everything', () => {
    expect(there(full).weekdays).toBe('1-3,5')
    expect(there({ ...full, weekdays: [1, 2, 3, 4, 5, 6, 7] }).weekdays).toBeUndefined()
    expect(filtersOf({ hours: '0-23' }).hours).toBeNull()
  })
  it('leave out what they do not understand', () => {
    expect(filtersOf({ kind: 'call,crossing,<script>', class: 'a b,accident', hours: '25-3', weekdays: '0,8,x,2-9', valid: 'maybe', severity: 'deadly' })).toEqual({ ...noFilters, kinds: ['call'], classes: ['accident'] })
    expect(filtersOf({ hours: ['7-9', '1-2'], q: null, area: 7 })).toEqual({ ...noFilters, hours: [7, 9] })
  })
  it('ask the server in its words', () => {
    expect(filtersToApi(full)).toMatchObject({ kind: 'call,crash', hours: '19-23,0-5', weekdays: '1-3,5', valid: '1' })
    expect(filtersToApi({ ...noFilters, valid: 'false' }).valid).toBe('0')
    expect(filtersToApi(noFilters).valid).toBeUndefined()
  })
  it('count what is on', () => {
    expect(countActive(noFilters)).toBe(0)
    expect(countActive({ ...noFilters, hours: [7, 9], words: 'x' })).toBe(2)
  })
})

describe('periods', () => {
  const day = 86_400_000
  const zone = 8 * 3_600_000
  const startOf = (text: string) => Date.parse(`${text}T00:00:00Z`) - zone
  const dayOf = (ms: number) => new Date(ms + zone).toISOString().slice(0, 10)
  const now = Date.parse('2026-11-22T05:20:00Z')
  it('begin at midnight of the city and end now', () => {
    expect(periodRange({ preset: 'today', from: '', to: '' }, now, startOf, dayOf)).toEqual([startOf('2026-11-22'), now])
    expect(periodRange({ preset: '7', from: '', to: '' }, now, startOf, dayOf)).toEqual([startOf('2026-11-16'), now])
  })
  it('take both chosen days whole', () => {
    const [from, to] = periodRange({ preset: 'custom', from: '2026-02-01', to: '2026-02-28' }, now, startOf, dayOf)
    expect((to - from) / day).toBe(28)
  })
  it('go to the address and come back, and refuse reversed days', () => {
    expect(periodOf(periodToQuery({ preset: 'custom', from: '2026-01-01', to: '2026-01-31' }, '90'), '90')).toEqual({ preset: 'custom', from: '2026-01-01', to: '2026-01-31' })
    expect(periodToQuery({ preset: '90', from: '', to: '' }, '90').period).toBeUndefined()
    expect(periodOf({ period: 'custom', from: '2026-02-02', to: '2026-01-01' }, '30').preset).toBe('30')
    expect(periodOf({ period: '9999' }, 'today').preset).toBe('today')
  })
})

describe('filtering the day at once', () => {
  const call = { class: 'accident', class_suggested: 'order', area: { key: 'a1' }, at: 22, valid: true, words: '两车追尾', place: { key: 'x1', name: '胜利路' }, place_text: null }
  const hourOf = (ms: number) => ms
  const check = (change: Partial<Filters>) => passes(call, { ...noFilters, ...change }, hourOf)
  it('lets through what matches', () => {
    expect(check({})).toBe(true)
    expect(check({ classes: ['accident'], area: 'a1', valid: 'true', words: '胜利', place: 'x1' })).toBe(true)
  })
  it('keeps back what does not', () => {
    for (const change of [{ classes: ['order'] }, { area: 'a2' }, { valid: 'false' as const }, { words: '护栏' }, { place: 'x2' }, { hours: [7, 9] as [number, number] }]) expect(check(change)).toBe(false)
  })
  it('knows hours over midnight', () => {
    expect(check({ hours: [19, 5] })).toBe(true)
    expect(passes({ ...call, at: 3 }, { ...noFilters, hours: [19, 5] }, hourOf)).toBe(true)
    expect(passes({ ...call, at: 12 }, { ...noFilters, hours: [19, 5] }, hourOf)).toBe(false)
  })
})
