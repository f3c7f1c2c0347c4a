/** Classes and kinds as colour, shape and word; colour never stands alone. */
import { city } from '../city'
import { language } from '../i18n'
import type { PointShape } from '../map/contract'

export interface ClassLook {
  id: string
  shape: PointShape
  /** On the dark console and on the light desk. */
  dark: string
  light: string
  /** Path of the shape in a 14 × 14 box. */
  path: string
}

const circle = 'M7 1.8a5.2 5.2 0 1 0 0 10.4A5.2 5.2 0 0 0 7 1.8Z'
const square = 'M2 2h10v10H2Z'
const triangle = 'M7 1.2 13.2 12.3H.8Z'
const diamond = 'M7 .8 13.2 7 7 13.2.8 7Z'
const known: Record<string, Omit<ClassLook, 'id'>> = {
  accident: { shape: 'triangle', dark: '#ff8069', light: '#c0392b', path: triangle },
  order: { shape: 'square', dark: '#f2bd52', light: '#b8730a', path: square },
  other: { shape: 'circle', dark: '#74b8ff', light: '#2f78c4', path: circle },
}
const unclear: Omit<ClassLook, 'id'> = { shape: 'diamond', dark: '#c3b5ee', light: '#6a55b0', path: diamond }

export function classLook(id: string | null | undefined): ClassLook {
  return { id: id ?? '', ...(known[id ?? ''] ?? unclear) }
}

export function className(id: string | null | undefined): string {
  if (!id) return ''
  const found = city.value?.classes.find((one) => one.id === id)
  return found ? (language.value === 'zh' ? found.zh : found.en) : id
}
