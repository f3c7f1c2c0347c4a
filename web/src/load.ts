import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { ApiError } from './api'

export interface Loading<T> {
  data: ShallowRef<T | null>; error: ShallowRef<ApiError | null>
  /** A request is under way. */ busy: Ref<boolean>
  /** Busy for longer than 300 ms with nothing to show: time for a skeleton. */ waiting: Ref<boolean>
  run: () => Promise<void>
}
/** One reloadable request of a screen. The answer of an older run never overwrites that of a newer one. */
export function useLoad<T>(ask: (signal: AbortSignal) => Promise<T>, options: { at_once?: boolean } = {}): Loading<T> {
  const data = shallowRef<T | null>(null)
  const error = shallowRef<ApiError | null>(null)
  const busy = ref(false)
  const waiting = ref(false)
  let abort: AbortController | null = null
  async function run(): Promise<void> {
    abort?.abort()
    const mine = abort = new AbortController()
    busy.value = true
    const timer = window.setTimeout(() => { if (abort === mine) waiting.value = true }, 300)
    try {
      const found = await ask(mine.signal)
      if (abort === mine) { data.value = found; error.value = null }
    } catch (cause) {
      if (abort === mine) error.value = asApiError(cause)
    } finally {
      window.clearTimeout(timer)
      if (abort === mine) { busy.value = false; waiting.value = false }
    }
  }
  onScopeDispose(() => { abort?.abort(); abort = null })
  if (options.at_once !== false) void run()
  return { data, error, busy, waiting, run }
}
export function asApiError(cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause
  return new ApiError(-1, 'page', cause instanceof Error ? cause.message : String(cause))
}
/** A random identifier for idempotency keys; works without a secure context, where randomUUID is absent. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, b => b.toString(16).padStart(2, '0')).join('')
}
