import { computed, ref } from 'vue'

export interface Route { name: 'home' | 'report' | 'receipt' | 'track' | 'public' | 'mine' | 'help' | 'missing'; token: string; step: number; matter: string }

/** A tiny router over the hash: the whole of vue-router would be a quarter of the portal's bytes. */
export function parse(hash: string): Route {
  const [first = '', second = '', third = ''] = hash.replace(/^#\/?/, '').split('?')[0].split('/').map(piece => { try { return decodeURIComponent(piece) } catch { return piece } })
  const route: Route = { name: 'missing', token: '', step: 1, matter: '' }
  const page = (text: string) => Math.min(20, Math.max(1, Number(text) || 1))
  if (first === '') route.name = 'home'
  else if (first === 'report') {
    route.name = 'report'
    // "#/report/2" is of the time of one matter: the matter is then the first one.
    if (/^\d*$/.test(second)) route.step = page(second)
    else { route.matter = second; route.step = page(third) }
  } else if (first === 'public') { route.name = 'public'; route.matter = second }
  else if ((first === 't' || first === 'track') && second) { route.name = 'track'; route.token = second }
  else if (first === 'receipt' || first === 'mine' || first === 'help') route.name = first
  return route
}
/** The code inside whatever a person pastes: a bare token, "/t/…", a whole link. */
export function tokenIn(text: string): string {
  const found = /(?:#\/|\/)(?:t|track|c)\/([^/?#\s]+)/.exec(text) ?? /[?&]token=([^&#\s]+)/.exec(text)
  return found ? decodeURIComponent(found[1]) : text.trim()
}

// A link printed by the server may be a plain path; it becomes the same screen.
const plain = /^\/(?:t|track|c)\/([^/]+)\/?$/.exec(location.pathname)
if (plain) history.replaceState(null, '', `/#/t/${plain[1]}`)

const hash = ref(location.hash)
window.addEventListener('hashchange', () => { hash.value = location.hash; window.scrollTo(0, 0) })
export const route = computed(() => parse(hash.value))
export function go(path: string, replace = false): void {
  if (!replace) { location.hash = path; return }
  history.replaceState(null, '', `#${path}`)
  hash.value = location.hash
}
