import { api, type PublicMatter } from '../api'
import { useLoad } from '../load'
import { say } from '../i18n'

/** The matters the public may open or see, asked for once per visit and language; the service worker keeps the answer for the time without a network. */
let asked: Promise<PublicMatter[]> | null = null
export function publicMatters(): Promise<PublicMatter[]> {
  asked ??= api.publicMatters()
  asked.catch(() => { asked = null })
  return asked
}
export const useMatters = () => useLoad(publicMatters)
export const opens = (one: PublicMatter) => one.open !== false && !!one.schema
/** Groups in the order in which they first appear; a matter without a group stands in the first, unnamed one. */
export function grouped(list: PublicMatter[]): { name: string; matters: PublicMatter[] }[] {
  const groups = new Map<string, PublicMatter[]>()
  for (const one of list) { const name = say(one.group); groups.set(name, [...(groups.get(name) ?? []), one]) }
  return [...groups].sort(([a], [b]) => Number(!!a) - Number(!!b)).map(([name, matters]) => ({ name, matters }))
}
