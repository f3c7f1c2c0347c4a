import { toRaw } from 'vue'
import type { Keep } from './keep'
import { draftOf, type PhotoDraft } from './photos'

const WEEK = 7 * 86_400_000
/** What is half written stays on this device for seven days, photos with it. */
export interface Kept { photos: PhotoDraft[]; at: number }

export function createDrafts(keep: Keep) {
  const PREFIX = 'draft.'
  const drop = (name: string) => keep.remove(PREFIX + name).catch(() => {})
  async function take<T extends Kept>(name: string): Promise<T | null> {
    const kept = await keep.get<T>(PREFIX + name).catch(() => undefined)
    if (!kept) return null
    if (Date.now() - kept.at > WEEK) { await drop(name); return null }
    return { ...kept, photos: kept.photos.map(one => ({ ...draftOf(one.blob, one.name), key: one.key, hash: one.hash, state: one.hash ? 'sent' : 'waiting' })) }
  }
  async function put<T extends Kept>(name: string, draft: T): Promise<void> {
    const photos = draft.photos.map(one => ({ key: one.key, hash: one.hash, blob: toRaw(one).blob, ...(one.name ? { name: one.name } : {}) }))
    await keep.set(PREFIX + name, { ...JSON.parse(JSON.stringify({ ...draft, photos: [] })), photos, at: Date.now() }).catch(() => { /* storage denied: nothing can be kept */ })
  }
  /** Names of the drafts that begin so, newest first. */
  async function names(start = ''): Promise<{ name: string; at: number }[]> {
    const keys = await keep.keys(PREFIX + start).catch(() => [])
    const all = await Promise.all(keys.map(async key => ({ name: key.slice(PREFIX.length), at: (await keep.get<Kept>(key).catch(() => undefined))?.at ?? 0 })))
    return all.filter(one => Date.now() - one.at <= WEEK).sort((a, b) => b.at - a.at)
  }
  return { take, put, drop, names }
}
