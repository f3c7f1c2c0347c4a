import { effectScope, nextTick, ref } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useSteady } from './steady'

beforeEach(() => { vi.useFakeTimers() })
afterEach(() => { vi.useRealTimers() })

/** A server that takes `slow` ms for each answer and notes what it was asked and what was given up. */
function server(slow: number) {
  const asked: number[] = []
  const dropped: number[] = []
  let under = 0
  let most = 0
  const ask = (wish: number, signal: AbortSignal) => {
    asked.push(wish)
    most = Math.max(most, ++under)
    return new Promise<string>((done, fail) => {
      const timer = setTimeout(() => { under--; done(`answer ${wish}`) }, slow)
      signal.addEventListener('abort', () => { clearTimeout(timer); under--; dropped.push(wish); fail(new DOMException('aborted', 'AbortError')) })
    })
  }
  return { ask, asked, dropped, most: () => most }
}

describe('asking while somebody drags', () => {
  it('has one request under way, shows answers on the way, and ends with the last wish', async () => {
    const wish = ref<number | null>(0)
    const one = server(120)
    const scope = effectScope()
    const steady = scope.run(() => useSteady(wish, one.ask, { pace: 10, patience: 2000 }))!
    const seen = new Set<string | null>()
    for (let n = 1; n <= 60; n++) {
      wish.value = n
      await nextTick()
      await vi.advanceTimersByTimeAsync(16)
      seen.add(steady.data.value)
    }
    await vi.advanceTimersByTimeAsync(500)
    expect(steady.data.value).toBe('answer 60')
    expect(steady.of.value).toBe(60)
    expect(one.most()).toBe(1)
    expect(one.asked.length).toBeLessThan(12)
    expect(seen.size, 'the picture moved while the hand moved').toBeGreaterThan(4)
    expect(steady.busy.value).toBe(false)
    scope.stop()
  })
  it('gives up an answer that does not come and keeps the last picture', async () => {
    const wish = ref<number | null>(1)
    const one = server(100)
    const scope = effectScope()
    const steady = scope.run(() => useSteady(wish, (n, signal) => (n === 2 ? new Promise<string>((_, fail) => signal.addEventListener('abort', () => fail(new DOMException('aborted', 'AbortError')))) : one.ask(n, signal)), { pace: 10, patience: 1000 }))!
    await vi.advanceTimersByTimeAsync(200)
    wish.value = 2
    await nextTick()
    await vi.advanceTimersByTimeAsync(300)
    wish.value = 3
    await nextTick()
    expect(steady.data.value).toBe('answer 1')
    await vi.advanceTimersByTimeAsync(1200)
    expect(steady.data.value).toBe('answer 3')
    expect(steady.error.value).toBe(null)
    scope.stop()
  })
  it('forgets when there is no wish, and tells a failure', async () => {
    const wish = ref<number | null>(1)
    const scope = effectScope()
    const steady = scope.run(() => useSteady(wish, (n) => (n === 2 ? Promise.reject(new Error('too wide')) : Promise.resolve(n)), { pace: 10 }))!
    await vi.advanceTimersByTimeAsync(50)
    expect(steady.data.value).toBe(1)
    wish.value = 2
    await nextTick()
    await vi.advanceTimersByTimeAsync(50)
    expect(steady.error.value?.message).toBe('too wide')
    expect(steady.data.value).toBe(1)
    wish.value = null
    await nextTick()
    expect([steady.data.value, steady.error.value, steady.busy.value]).toEqual([null, null, false])
    scope.stop()
  })
})
