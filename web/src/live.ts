import { ref } from 'vue'

/** idle: not opened yet · live: events arrive · down: lost, the browser is trying again. */
export const liveState = ref<'idle' | 'live' | 'down'>('idle')
/** When the last event (or the opening of the stream) was seen, epoch milliseconds. */
export const liveSeen = ref(0)
export type LiveKind = 'signal' | 'case' | 'clock' | 'hello'

const listeners = new Map<LiveKind, Set<(data: unknown) => void>>()
let source: EventSource | null = null

/** Opens the one stream of this page; the browser resends Last-Event-ID by itself when it reconnects. */
export function openLive(): void {
  if (source) return
  source = new EventSource('/api/stream')
  source.onopen = () => { liveState.value = 'live'; liveSeen.value = Date.now() }
  source.onerror = () => {
    liveState.value = 'down'
    // CLOSED means the browser gave up (a proxy answered with an error page): try again ourselves.
    if (source?.readyState === EventSource.CLOSED) { source = null; window.setTimeout(openLive, 5000) }
  }
  for (const kind of ['signal', 'case', 'clock', 'hello'] as const)
    source.addEventListener(kind, event => {
      liveState.value = 'live'
      liveSeen.value = Date.now()
      let data: unknown = null
      try { data = JSON.parse((event as MessageEvent<string>).data) } catch { return }
      listeners.get(kind)?.forEach(tell => tell(data))
    })
}
export function closeLive(): void { source?.close(); source = null; liveState.value = 'idle' }

/** Listens to one kind of event; returns the function that stops listening. */
export function onLive(kind: LiveKind, tell: (data: unknown) => void): () => void {
  const set = listeners.get(kind) ?? new Set()
  listeners.set(kind, set.add(tell))
  return () => set.delete(tell)
}
