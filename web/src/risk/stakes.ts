/** Stakes along a road as people write them: K12+300. */
import { t } from '../i18n'
import { stakeMetres } from './pairing'
import type { BlackSpot } from './api'

export function stakeText(stake: string | number | null | undefined): string {
  const metres = stakeMetres(stake)
  if (metres === null) return typeof stake === 'string' ? stake : ''
  const whole = Math.round(metres)
  return `K${Math.floor(whole / 1000)}+${String(whole % 1000).padStart(3, '0')}`
}
export function stakeWords(spot: Pick<BlackSpot, 'road' | 'from_stake' | 'to_stake'>): string {
  const [from, to] = [stakeText(spot.from_stake), stakeText(spot.to_stake)]
  if (!from && !to) return ''
  return [spot.road ?? '', from && to ? `${from}–${to}` : from || to].filter(Boolean).join(' ')
}
/** One carriageway of two; nothing where the spot takes both. */
export const wayWords = (spot: Pick<BlackSpot, 'direction'>): string => (spot.direction === 'forward' ? t('black.way_forward') : spot.direction === 'backward' ? t('black.way_backward') : '')
