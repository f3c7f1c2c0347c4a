/** The day on the console: today's calls whole, the same weekday a week ago, kept fresh by the stream or, when it is lost, by asking. */
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { ApiError, Signal } from '../api'
import { city, now } from '../city'
import { liveSeen, liveState, onLive } from '../live'
import { asApiError } from '../load'
import { dayStart, isoDay } from '../when'
import { allSignals, consoleApi, isSettled, withNews } from './signals'

const week = 7 * 86_400_000
const hourMs = 3_600_000

export interface Hour { today: number; before: number }

/** Hour of the day in the city's zone. */
export function hourOf(ms: number): number {
  return Math.min(23, Math.max(0, Math.floor((ms - dayStart(isoDay(ms))) / hourMs)))
}

/** Waiting for a person: nobody has settled its class and no matter came of it. */
export function isOpen(call: Signal): boolean {
  return call.valid && call.cases.length === 0 && !isSettled(call)
}

export function useToday() {
  const calls = shallowRef<Signal[]>([])
  const before = shallowRef<Signal[]>([])
  const error = shallowRef<ApiError | null>(null)
  const busy = ref(true)
  const waiting = ref(false)
  const loadedAt = ref(0)
  const clock = ref(now())
  /** A demo city may run faster than this device's clock: then time is at least that of its newest call. */
  const moment = () => ((city.value as { speed?: number } | null)?.speed ?? 1) > 1 ? Math.max(now(), calls.value[0]?.at ?? 0) : now()
  /** Ids that came by the stream since the screen opened; they are marked for a moment. */
  const fresh = ref(new Set<string>())
  /** What the stream brought while the list was being asked for: the answer may have been written before it. */
  const news = new Map<string, Signal>()
  let abort: AbortController | null = null
  let askedAt = 0

  async function load(): Promise<void> {
    abort?.abort()
    const mine = (abort = new AbortController())
    busy.value = true
    news.clear()
    askedAt = Date.now()
    const timer = window.setTimeout(() => (waiting.value = calls.value.length === 0), 300)
    try {
      const asked = moment()
      const start = dayStart(isoDay(asked))
      const [today, last] = await Promise.all([
        allSignals({ kind: 'call', valid: 'all', from: start, to: asked + 3_600_000 }, mine.signal),
        before.value.length ? null : allSignals({ kind: 'call', valid: 'all', from: start - week, to: start - week + 24 * hourMs }, mine.signal),
      ])
      if (abort !== mine) return
      calls.value = withNews(today.items, news).sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1))
      if (last) before.value = last.items
      error.value = null
      loadedAt.value = asked
    } catch (cause) {
      if (abort === mine) error.value = asApiError(cause)
    } finally {
      window.clearTimeout(timer)
      if (abort === mine) {
        busy.value = false
        waiting.value = false
      }
    }
  }

  function put(call: Signal): void {
    if (busy.value && call.kind === 'call' && call.at >= dayStart(isoDay(moment()))) news.set(call.id, call)
    const known = calls.value.findIndex((one) => one.id === call.id)
    if (known >= 0) {
      calls.value = calls.value.map((one, index) => (index === known ? call : one))
      return
    }
    if (call.kind !== 'call' || call.at < dayStart(isoDay(moment()))) return
    fresh.value = new Set(fresh.value).add(call.id)
    calls.value = [call, ...calls.value].sort((a, b) => b.at - a.at)
    clock.value = moment()
    window.setTimeout(() => {
      const rest = new Set(fresh.value)
      rest.delete(call.id)
      fresh.value = rest
    }, 8000)
  }

  // The stream says that something came; what it was is asked for, so that masks and permissions stay the server's.
  const stopLive = onLive('signal', (data) => {
    const told = data as { id?: string | number; kind?: string; signal?: { id: string | number } }
    const id = told.id ?? told.signal?.id
    if (id === undefined || (told.kind && told.kind !== 'call')) return
    consoleApi.signal(String(id)).then(put, () => { /* the next poll or reload brings it */ })
  })
  const ticking = window.setInterval(() => {
    const last = isoDay(clock.value)
    clock.value = moment()
    if (isoDay(clock.value) !== last) {
      before.value = []
      void load()
    }
  }, 15_000)
  // The stream is the first way. While it is away the list is asked for every ten seconds; and because a broken
  // connection can look alive for minutes behind a proxy, a stream that is silent for long is checked by asking too.
  const polling = window.setInterval(() => {
    const isSilent = Date.now() - Math.max(liveSeen.value, askedAt) > 40_000
    if (!busy.value && (liveState.value === 'down' || error.value || isSilent)) void load()
  }, 10_000)
  const stopWatch = watch(liveState, (state, was) => {
    if (state === 'live' && was === 'down') void load()
  })
  onScopeDispose(() => {
    stopLive()
    stopWatch()
    window.clearInterval(ticking)
    window.clearInterval(polling)
    abort?.abort()
  })
  void load()

  const hours = computed<Hour[]>(() => {
    const list = Array.from({ length: 24 }, () => ({ today: 0, before: 0 }))
    for (const call of calls.value) list[hourOf(call.at)]!.today++
    for (const call of before.value) list[hourOf(call.at)]!.before++
    return list
  })
  /** The same weekday last week, up to this time of day. */
  const beforeByNow = computed(() => before.value.filter((call) => call.at <= clock.value - week).length)

  /** What is shown may be old: since when, or null while all is well. */
  const staleSince = computed(() => (calls.value.length && (error.value || liveState.value === 'down') ? Math.max(loadedAt.value, 0) : null))

  return { staleSince, calls, before, beforeByNow, hours, error, busy, waiting, loadedAt, clock, fresh, load, put }
}
export type Today = ReturnType<typeof useToday>
