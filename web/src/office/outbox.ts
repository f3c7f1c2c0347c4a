import { ref } from 'vue'
import { api, uploadPhoto, type Case, type Fields, type NewCase } from '../api'
import { createDrafts } from '../drafts'
import { t } from '../i18n'
import { deviceKeep } from '../keep'
import { createOutbox, type Waiting } from '../outbox'
import { toast } from '../parts/toast'
import { me } from './session'

/** What an officer wrote without a network: a new case, or an action on one. */
export type OfficeBody = { photos: string[]; key: string } & (
  | { kind: 'open'; body: Omit<NewCase, 'photos' | 'key'> }
  | { kind: 'act'; case: string; action: string; photo_fields: string[]; body: Omit<Parameters<typeof api.act>[2], 'photos' | 'key'> }
)
export type OfficeWaiting = Waiting<OfficeBody>
const keep = deviceKeep('gongzhi-office')
export const who = (): string => me.value?.person.id ?? ''

export function sendOffice(given: OfficeBody): Promise<Case> {
  if (given.kind === 'open') return api.openCase({ ...given.body, photos: given.photos, key: given.key })
  const fields: Fields = { ...given.body.fields }
  for (const name of given.photo_fields) fields[name] = given.photos
  return api.act(given.case, given.action, { ...given.body, fields, ...(given.photos.length ? { photos: given.photos } : {}), key: given.key })
}
export const drafts = createDrafts(keep)
export const outbox = createOutbox<OfficeBody, Case>(keep, { photo: (blob, name) => uploadPhoto(blob, name, false), report: sendOffice }, { lock: 'gongzhi.office.outbox', mine: one => one.by === who() })
export const waiting = ref(0)
export const refusedCount = ref(0)

export async function countWaiting(): Promise<void> {
  const all = await outbox.all().catch(() => [])
  waiting.value = all.length
  refusedCount.value = all.filter(one => one.refused).length
}
/** Puts something into the outbox and, if there seems to be a network, tries at once. */
export async function queue(report: OfficeBody, blobs: Blob[], title: string): Promise<void> {
  // A plain copy: what Vue watches cannot be stored.
  await outbox.add({ report: JSON.parse(JSON.stringify(report)) as OfficeBody, blobs, title, at: Date.now(), by: who() })
  await countWaiting()
  toast(t('outbox.kept', { what: title }))
  if (navigator.onLine) void flush()
}
let tellers: ((sent: { id: string; number: string }) => void)[] = []
/** Listens for what went out; returns the function that stops listening. */
export function onSent(tell: (sent: { id: string; number: string }) => void): () => void { tellers.push(tell); return () => { tellers = tellers.filter(one => one !== tell) } }
export async function flush(): Promise<void> {
  if (!who()) return
  const sent = await outbox.flush().catch(() => [])
  for (const one of sent) { toast(t('outbox.sent', { number: one.receipt.number })); tellers.forEach(tell => tell(one.receipt)) }
  await countWaiting()
}
