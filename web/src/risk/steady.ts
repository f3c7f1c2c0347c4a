/** Asking while somebody drags: one request at a time, always the newest wish next, the last picture kept until then. */
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { ApiError } from '../api'
import { asApiError } from '../load'

export interface Steady<W, T> {
  data: ShallowRef<T | null>
  /** The wish that `data` answers; it may be older than the wish of now. */
  of: ShallowRef<W | null>
  error: ShallowRef<ApiError | null>
  busy: Ref<boolean>
  /** Nothing to show for longer than 300 ms. */
  waiting: Ref<boolean>
  run: () => void
}
const keyOf = (wish: unknown) => (wish === null ? '' : JSON.stringify(wish))

/**
 * Follows `wish`: null stops and forgets. A request under way may end, so that a slow server still answers while the wish
 * moves on; after `patience` ms it is given up for the newest wish. `pace` ms are waited for further moves before the first.
 */
export function useSteady<W, T>(wish: Readonly<Ref<W | null>>, ask: (wish: W, signal: AbortSignal) => Promise<T>, { pace = 60, patience = 2500 } = {}): Steady<W, T> {
  const data = shallowRef<T | null>(null)
  const of = shallowRef<W | null>(null) as ShallowRef<W | null>
  const error = shallowRef<ApiError | null>(null)
  const busy = ref(false)
  const waiting = ref(false)
  let running: { key: string; abort: AbortController; since: number } | null = null
  let timer = 0
  let slow = 0

  function stop(): void {
    window.clearTimeout(timer)
    window.clearTimeout(slow)
    timer = 0
    running?.abort.abort()
    running = null
    busy.value = waiting.value = false
  }
  async function run(): Promise<void> {
    stop()
    const wanted = wish.value
    if (wanted === null) return
    const mine = (running = { key: keyOf(wanted), abort: new AbortController(), since: Date.now() })
    busy.value = true
    slow = window.setTimeout(() => { waiting.value = data.value === null }, 300)
    try {
      const found = await ask(wanted, mine.abort.signal)
      if (running !== mine) return
      data.value = found
      of.value = wanted
      error.value = null
    } catch (cause) {
      if (running !== mine) return
      error.value = asApiError(cause)
    }
    stop()
    if (keyOf(wish.value) !== mine.key) void run()
  }
  watch(() => keyOf(wish.value), (key) => {
    if (!key) {
      stop()
      data.value = null
      of.value = null
      error.value = null
      return
    }
    if (!running) {
      if (!timer) timer = window.setTimeout(run, pace)
      return
    }
    window.clearTimeout(timer)
    timer = running.key === key ? 0 : window.setTimeout(run, Math.max(pace, patience - (Date.now() - running.since)))
  }, { immediate: true })
  onScopeDispose(stop)
  return { data, of, error, busy, waiting, run: () => void run() }
}
