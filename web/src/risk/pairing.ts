/** Two rules on the same data: which places both name, and which only one. */
import type { BlackSpot } from './api'

export interface Pair { place: BlackSpot; first: BlackSpot | null; second: BlackSpot | null; who: 'both' | 'first' | 'second' }

/** A stake `K12+300`, or metres, as metres along its road. */
export function stakeMetres(stake: string | number | null | undefined): number | null {
  if (typeof stake === 'number') return Number.isFinite(stake) ? stake : null
  const match = /^K?\s*(\d+)(?:\s*\+\s*(\d+(?:\.\d+)?))?$/i.exec(stake?.trim() ?? '')
  return match ? Number(match[1]) * 1000 + Number(match[2] ?? 0) : null
}
/** The same place: the same key, overlapping stakes of one road and direction, or less than `reach` metres apart where stakes are not known. */
export function isSamePlace(a: BlackSpot, b: BlackSpot, reach = 150): boolean {
  if (a.key === b.key) return true
  const ends = [a.from_stake, a.to_stake, b.from_stake, b.to_stake].map(stakeMetres)
  if (a.unit === 'interval' && b.unit === 'interval' && a.road && b.road && ends.every((one) => one !== null)) {
    const [af, at, bf, bt] = ends as number[]
    return a.road === b.road && (a.direction ?? '') === (b.direction ?? '') && Math.min(Math.max(af!, at!), Math.max(bf!, bt!)) > Math.max(Math.min(af!, at!), Math.min(bf!, bt!))
  }
  const dy = (a.lat - b.lat) * 110_850
  const dx = (a.lon - b.lon) * 111_320 * Math.cos((a.lat * Math.PI) / 180)
  return a.unit === b.unit && Math.hypot(dx, dy) < reach
}
/** Places of the first rule in its order, then those only the second names; each place of the second is used once. */
export function pairSpots(first: readonly BlackSpot[], second: readonly BlackSpot[]): Pair[] {
  const left = new Set(second)
  const pairs: Pair[] = first.map((one) => {
    const other = [...left].find((candidate) => candidate.key === one.key) ?? [...left].find((candidate) => isSamePlace(one, candidate)) ?? null
    if (other) left.delete(other)
    return { place: one, first: one, second: other, who: other ? 'both' : 'first' }
  })
  return [...pairs, ...[...left].map((one): Pair => ({ place: one, first: null, second: one, who: 'second' }))]
}
