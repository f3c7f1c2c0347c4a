/** Figures of statistics as an officer reads them. */
import { say, t } from '../i18n'
import { isoDay } from '../when'
import type { Words } from './api'

export const share = (value: number | null | undefined, digits = 1): string => (value === null || value === undefined || !Number.isFinite(value) ? '—' : `${(value * 100).toFixed(digits)}%`)
export const amount = (value: number | null | undefined, digits = 1): string => (value === null || value === undefined || !Number.isFinite(value) ? '—' : value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: value !== 0 && Math.abs(value) < 10 ? Math.min(1, digits) : 0 }))
export const signed = (value: number | null | undefined, digits = 1): string => (value === null || value === undefined || !Number.isFinite(value) ? '—' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`)
/** A probability that is never shown as a false zero or a false certainty. */
export function chance(p: number | null | undefined): string {
  if (p === null || p === undefined || !Number.isFinite(p)) return '—'
  if (p < 0.001) return '<0.001'
  return p > 0.999 ? '>0.999' : p.toFixed(p < 0.1 ? 3 : 2)
}
/** The same behind a letter: `= 0.03`, `< 0.001`. */
export function equals(p: number | null | undefined): string {
  const text = chance(p)
  return /^[<>]/.test(text) ? `${text[0]} ${text.slice(1)}` : `= ${text}`
}
export const value = (given: Words | number): string => (typeof given === 'number' ? String(given) : say(given))
export const days = ([from, to]: readonly [number, number]): string => `${isoDay(from)} – ${isoDay(to - 1)}`

/** Both ends of the 95 % interval of a Gamma distribution with this mean and standard deviation (Wilson and Hilferty 1931). */
export function gammaInterval(mean: number, sd: number): [number, number] | null {
  if (!(mean > 0) || !(sd > 0)) return null
  const shape = (mean / sd) ** 2
  const end = (z: number) => mean * Math.max(0, 1 - 1 / (9 * shape) + z / (3 * Math.sqrt(shape))) ** 3
  return [end(-1.959964), end(1.959964)]
}

/** How sure it is that a place has more than its like, in words. */
export function excessWords(p: number | null | undefined): string {
  if (p === null || p === undefined) return '—'
  return t(p >= 0.99 ? 'risk.excess_sure' : p >= 0.95 ? 'risk.excess_likely' : p >= 0.8 ? 'risk.excess_maybe' : 'risk.excess_not')
}
/** Gi* in words: z above and q below the line. */
export function clusterWords(gi: { z: number; q: number | null } | null | undefined): string {
  if (!gi) return t('risk.gi_none')
  if (gi.q === null || gi.q >= 0.05) return t('risk.gi_even')
  return t(gi.z < 0 ? 'risk.gi_cold' : gi.q < 0.001 ? 'risk.gi_very_hot' : 'risk.gi_hot')
}
