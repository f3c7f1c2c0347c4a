import type { Photo } from './api'
import { ApiError } from './api'
import type { Keep } from './keep'

/** What waits needs a key, so that the server takes it once however often it is tried, and a place for the photos that went ahead. */
export interface Sendable { key: string; photos: string[] }
export interface Waiting<Body extends Sendable> { report: Body; blobs: Blob[]; title: string; at: number; refused?: string; /** Who wrote it: on a shared device only that person's own go out under that person's name. */ by?: string }
export interface Sender<Body extends Sendable, Answer> { photo(blob: Blob, name: string): Promise<Photo>; report(report: Body): Promise<Answer> }
export interface Sent<Body extends Sendable, Answer> { waiting: Waiting<Body>; receipt: Answer }
const PREFIX = 'outbox.'
const nameOf = (blob: Blob, stem: string) => `${stem}.${blob.type === 'application/pdf' ? 'pdf' : blob.type.startsWith('video/') ? blob.type.slice(6).replace('quicktime', 'mov') : 'jpg'}`

export function createOutbox<Body extends Sendable, Answer>(keep: Keep, sender: Sender<Body, Answer>, options: { lock?: string; mine?: (waiting: Waiting<Body>) => boolean } = {}) {
  type Item = Waiting<Body>
  const mine = options.mine ?? (() => true)
  let running: Promise<Sent<Body, Answer>[]> | null = null

  /** All that waits for the one who looks, oldest first. */
  async function all(): Promise<Item[]> {
    const found = await Promise.all((await keep.keys(PREFIX)).map(key => keep.get<Item>(key)))
    return found.filter((one): one is Item => !!one && mine(one)).sort((a, b) => a.at - b.at)
  }
  const count = async () => (await all()).length
  async function add(waiting: Item): Promise<void> { await keep.set(PREFIX + waiting.report.key, waiting) }

  async function one(key: string): Promise<Sent<Body, Answer> | null> {
    const waiting = await keep.get<Item>(key)
    if (!waiting || waiting.refused || !mine(waiting)) return null
    const next: Item = { ...waiting, report: { ...waiting.report, photos: [...waiting.report.photos] }, blobs: [...waiting.blobs] }
    // Each photo that arrived is noted at once, so a broken line does not send it twice.
    while (next.blobs.length) {
      const photo = await sender.photo(next.blobs[0], nameOf(next.blobs[0], `${next.report.key}-${next.blobs.length}`))
      next.report.photos.push(photo.hash)
      next.blobs = next.blobs.slice(1)
      await keep.set(key, { ...next, report: { ...next.report, photos: [...next.report.photos] } })
    }
    const receipt = await sender.report(next.report)
    await keep.remove(key)
    return { waiting: next, receipt }
  }
  /** Sends what waits, oldest first; stops at the first sign of no network. What is refused stays, with the reason. */
  async function everything(): Promise<Sent<Body, Answer>[]> {
    const sent: Sent<Body, Answer>[] = []
    for (const key of (await all()).map(one => PREFIX + one.report.key)) {
      try {
        const done = await one(key)
        if (done) sent.push(done)
      } catch (cause) {
        // A login that has run out is no refusal of what was written.
        const refused = cause instanceof ApiError && cause.status >= 400 && cause.status < 500 && ![401, 408, 429].includes(cause.status)
        if (!refused) break
        const waiting = await keep.get<Item>(key)
        if (waiting) await keep.set(key, { ...waiting, refused: (cause as ApiError).message })
      }
    }
    return sent
  }
  /** Only one run at a time, in this tab and (where the browser can) over all tabs. */
  function flush(): Promise<Sent<Body, Answer>[]> {
    running ??= (async () => {
      try {
        const locks = typeof navigator === 'undefined' ? undefined : navigator.locks
        return locks ? await locks.request(options.lock ?? 'gongzhi.outbox', everything) as Sent<Body, Answer>[] : await everything()
      } finally { running = null }
    })()
    return running
  }
  const refused = async (): Promise<Item[]> => (await all()).filter(one => one.refused)
  /** Lets a refused one try again. */
  async function again(key: string): Promise<void> {
    const waiting = await keep.get<Item>(PREFIX + key)
    if (waiting) { const { refused: _, ...rest } = waiting; await keep.set(PREFIX + key, rest) }
  }
  return { add, all, count, flush, refused, again, drop: (key: string) => keep.remove(PREFIX + key) }
}
