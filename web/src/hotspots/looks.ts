/** Looks and words of what is drawn on the workbench map beside the ranked spots. */
import { t } from '../i18n'
import type { MapTheme, PointStyle } from '../map/contract'
import { meaningOf } from '../risk/cells'
import { amount, equals, signed } from '../risk/figures'
import type { BlackSpot, Hexagon } from '../risk/api'

const tones: Record<MapTheme, Record<BlackSpot['status'], string>> = {
  light: { found: '#b02a1d', listed: '#5b3fa6', treated: '#1c7a4a', delisted: '#66737f' },
  dark: { found: '#d9503f', listed: '#9a80dd', treated: '#3fa673', delisted: '#7b8a99' },
}
/** Junctions are circles, intervals squares; the colour tells how far the listing has come, the number is the rank. */
export function ruleMark(spot: BlackSpot, theme: MapTheme, isChosen = false): PointStyle {
  return { shape: spot.unit === 'interval' ? 'square' : 'circle', radius: isChosen ? 12 : 9.5, color: tones[theme][spot.status], label: String(spot.rank), labelColor: '#ffffff', order: 1000 - spot.rank + (isChosen ? 2000 : 0) }
}
export const statusTone = { found: 'red', listed: 'violet', treated: 'green', delisted: '' } as const

export function streetWords(value: number, kind: 'density' | 'difference'): { name: string; words: string } {
  return { name: kind === 'density' ? `${amount(value, 2)}` : signed(value, 2), words: t(kind === 'density' ? 'risk.per_km' : 'risk.per_km_difference') }
}
export function hexagonWords(cell: Hexagon): { name: string; words: string } {
  if (cell.change) {
    const { ratio, low, high, q } = cell.change
    return { name: `${cell.then ?? 0} → ${cell.n}`, words: ratio === null ? t('ratio.none') : t('risk.hex_change', { ratio: ratio.toFixed(2), low: low?.toFixed(2) ?? '0', high: high === null || high > 99 ? '∞' : high.toFixed(2), q: equals(q), verdict: t(`risk.hex_${meaningOf(cell, true)}_change`) }) }
  }
  return { name: t('risk.hex_n', { n: cell.n }), words: t('risk.hex_gi', { z: signed(cell.gi_z, 2), q: equals(cell.gi_q), verdict: t(`risk.hex_${meaningOf(cell, false)}`) }) }
}
