import { shallowRef } from 'vue'
import { api, type Me } from '../api'

export const me = shallowRef<Me | null>(null)
const NAME = 'gongzhi.me'
function note(one: Me | null): void { try { if (one) localStorage.setItem(NAME, JSON.stringify(one)); else localStorage.removeItem(NAME) } catch { /* then nothing opens without a network */ } }
function lastKnown(): Me | null { try { return JSON.parse(localStorage.getItem(NAME) ?? 'null') as Me | null } catch { return null } }
function known(one: Me): Me { note(one); return (me.value = one) }
let asked: Promise<Me | null> | null = null

/** The signed-in person, asked for once; null when nobody is signed in. */
export function whoAmI(): Promise<Me | null> {
  asked ??= api.me().then(known, cause => {
    asked = null
    if (cause?.status === 401) { note(null); return null }
    // Without a network the screens open for whoever was last signed in here; the server decides again as soon as there is one.
    const last = cause?.status === 0 ? lastKnown() : null
    if (last) return (me.value = last)
    throw cause
  })
  return asked
}
export async function signIn(login: string, password: string): Promise<Me> {
  const found = await api.login(login, password)
  known(found)
  asked = Promise.resolve(found)
  // The worker asked for the definitions before anybody was signed in: now they may be kept for a desk without a network.
  void navigator.serviceWorker?.ready.then(() => fetch('/api/matters')).catch(() => { /* the next screen that asks keeps them */ })
  return found
}
/** Ends the session at the server; the caller leaves the screens first and then calls `forget`. */
export async function signOut(): Promise<void> {
  await api.logout().catch(() => { /* the cookie may be gone already */ })
}
export function forget(): void { note(null); me.value = null; asked = null }
export function may(permission: string): boolean {
  const list = me.value?.permissions ?? []
  return list.includes(permission) || list.includes('*')
}
export function hasRole(...roles: string[]): boolean { return roles.some(role => me.value?.roles.includes(role)) }
