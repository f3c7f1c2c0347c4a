import type { NewReport, Photo, Receipt } from '../api'
import { ApiError } from '../api'
import type { Keep } from './keep'

/** A report that could not be sent yet. Its idempotency key makes the server take it once, however often it is tried. */
export interface Waiting { report: NewReport; blobs: Blob[]; title: string; at: number; refused?: string }
export interface Sender { photo(blob: Blob, name: string): Promise<Photo>; report(report: NewReport): Promise<Receipt> }
export interface Sent { waiting: Waiting; receipt: Receipt }
const PREFIX = 'outbox.'

export function createOutbox(keep: Keep, sender: Sender) {
  let running: Promise<Sent[]> | null = null
  const count = async () => (await keep.keys(PREFIX)).length

  async function add(waiting: Waiting): Promise<void> { await keep.set(PREFIX + waiting.report.key, waiting) }

  async function one(key: string): Promise<Sent | null> {
    const waiting = await keep.get<Waiting>(key)
    if (!waiting || waiting.refused) return null
    const next: Waiting = { ...waiting, report: { ...waiting.report, photos: [...waiting.report.photos] }, blobs: [...waiting.blobs] }
    // Each photo that arrived is noted at once, so a broken line does not send it twice.
    while (next.blobs.length) {
      const photo = await sender.photo(next.blobs[0], `${next.report.key}-${next.blobs.length}.jpg`)
      next.report.photos.push(photo.hash)
      next.blobs = next.blobs.slice(1)
      await keep.set(key, { ...next, report: { ...next.report, photos: [...next.report.photos] } })
    }
    const receipt = await sender.report(next.report)
    await keep.remove(key)
    return { waiting: next, receipt }
  }
  /** Sends what waits, oldest key first; stops at the first sign of no network. A refused report stays, with the reason. */
  async function everything(): Promise<Sent[]> {
    const sent: Sent[] = []
    for (const key of await keep.keys(PREFIX)) {
      try {
        const done = await one(key)
        if (done) sent.push(done)
      } catch (cause) {
        const refused = cause instanceof ApiError && cause.status >= 400 && cause.status < 500 && cause.status !== 429 && cause.status !== 408
        if (!refused) break
        const waiting = await keep.get<Waiting>(key)
        if (waiting) await keep.set(key, { ...waiting, refused: (cause as ApiError).message })
      }
    }
    return sent
  }
  /** Only one run at a time, in this tab and (where the browser can) over all tabs. */
  function flush(): Promise<Sent[]> {
    running ??= (async () => {
      try {
        const locks = typeof navigator === 'undefined' ? undefined : navigator.locks
        return locks ? await locks.request('gongzhi.outbox', everything) as Sent[] : await everything()
      } finally { running = null }
    })()
    return running
  }
  async function refused(): Promise<Waiting[]> {
    const all = await Promise.all((await keep.keys(PREFIX)).map(key => keep.get<Waiting>(key)))
    return all.filter((one): one is Waiting => !!one?.refused)
  }
  return { add, count, flush, refused, drop: (key: string) => keep.remove(PREFIX + key) }
}
