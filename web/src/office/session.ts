import { shallowRef } from 'vue'
import { api, type Me } from '../api'

export const me = shallowRef<Me | null>(null)
let asked: Promise<Me | null> | null = null

/** The signed-in person, asked for once; null when nobody is signed in. */
export function whoAmI(): Promise<Me | null> {
  asked ??= api.me().then(found => (me.value = found), cause => { asked = null; if (cause?.status === 401) return null; throw cause })
  return asked
}
export async function signIn(login: string, password: string): Promise<Me> {
  const found = await api.login(login, password)
  me.value = found
  asked = Promise.resolve(found)
  return found
}
/** Ends the session at the server; the caller leaves the screens first and then calls `forget`. */
export async function signOut(): Promise<void> {
  await api.logout().catch(() => { /* the cookie may be gone already */ })
}
export function forget(): void { me.value = null; asked = null }
export function may(permission: string): boolean {
  const list = me.value?.permissions ?? []
  return list.includes(permission) || list.includes('*')
}
export function hasRole(...roles: string[]): boolean { return roles.some(role => me.value?.roles.includes(role)) }
