import { ref } from 'vue'
import { api, uploadPhoto, type Fields, type NewReport, type Receipt } from '../api'
import { newKey } from '../load'
import type { PhotoDraft } from '../photos'
import type { ChosenPlace } from '../parts/PlaceField.vue'
import { t } from '../i18n'
import { toast } from '../parts/toast'
import { createDrafts } from '../drafts'
import { deviceKeep } from '../keep'
import { createOutbox } from '../outbox'

const keep = deviceKeep()
export const outbox = createOutbox<NewReport, Receipt>(keep, { photo: (blob, name) => uploadPhoto(blob, name, true), report: api.report })
export const waiting = ref(0)

export interface Mine { number: string; token: string; title: string; at: number }
export interface Draft { matter: string; place: ChosenPlace | null; fields: Fields; photos: PhotoDraft[]; name: string; phone: string; key: string; at: number }
export const drafts = createDrafts(keep)

function read<T>(key: string, otherwise: T): T {
  try { return JSON.parse(localStorage.getItem(key) ?? '') as T } catch { return otherwise }
}
function write(key: string, value: unknown): void {
  try { localStorage.setItem(key, JSON.stringify(value)) } catch { /* full or denied: the list lives for this visit only */ }
}
export const mine = ref<Mine[]>(read<Mine[]>('gongzhi.mine', []))
export function remember(one: Mine): void {
  mine.value = [one, ...mine.value.filter(other => other.token !== one.token)].slice(0, 100)
  write('gongzhi.mine', mine.value)
}
export function forget(token: string): void {
  mine.value = mine.value.filter(one => one.token !== token)
  write('gongzhi.mine', mine.value)
}
export const elder = ref(read('gongzhi.elder', false))
export function setElder(on: boolean): void { elder.value = on; write('gongzhi.elder', on); document.documentElement.classList.toggle('elder', on) }
setElder(elder.value)

export function emptyDraft(matter = ''): Draft { return { matter, place: null, fields: {}, photos: [], name: '', phone: '', key: newKey(), at: 0 } }
/** What the receipt page shows: the last answer of this visit. `null` receipt: it waits in the outbox. */
export const last = ref<{ receipt: Receipt | null; title: string } | null>(null)

export async function countWaiting(): Promise<void> { waiting.value = await outbox.count().catch(() => 0) }
export async function flush(): Promise<void> {
  const sent = await outbox.flush().catch(() => [])
  for (const one of sent) {
    remember({ number: one.receipt.number, token: one.receipt.token, title: one.waiting.title, at: Date.now() })
    if (last.value && !last.value.receipt) last.value = { receipt: one.receipt, title: one.waiting.title }
    toast(t('public.outbox_sent', { number: one.receipt.number }))
  }
  await countWaiting()
}
