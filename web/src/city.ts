import { shallowRef } from 'vue'
import { api, type City } from './api'
import { say } from './i18n'
import { setZone } from './when'

/** What the server says about the city; null until it has answered. */
export const city = shallowRef<City | null>(null)
/** Server clock minus this device's clock, milliseconds: a demo city's clock may run fast. */
let ahead = 0
export const now = (): number => Date.now() + ahead

let asked: Promise<City> | null = null
export function loadCity(again = false): Promise<City> {
  if (!asked || again) {
    asked = api.city().then(found => {
      city.value = found
      setZone(found.zone)
      ahead = Math.abs(found.now - Date.now()) > 60_000 ? found.now - Date.now() : 0
      return found
    })
    asked.catch(() => { asked = null })
  }
  return asked
}
export function unitName(id: string | null | undefined): string {
  const found = city.value?.units.find(u => u.id === id)
  return found ? say(found.name) : id ?? ''
}
