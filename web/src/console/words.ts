/** Figures of statistics as words that do not promise more than they hold. */
import { say, t } from '../i18n'
import type { Comparison } from './signals'

export function kernelName(kernel: string): string {
  return kernel === 'epanechnikov' ? 'Epanechnikov' : kernel
}

export interface RatioWords { figures: string; verdict: string; mood: 'more' | 'less' | 'even' }

/** "0.68（0.36–1.25）" and what may be concluded: a change only where the interval leaves 1 out. */
export function ratioWords(comparison: Comparison): RatioWords {
  const { ratio, low, high } = comparison
  if (ratio === null || ratio === undefined || !Number.isFinite(ratio)) return { figures: '—', verdict: say(comparison.verdict) || t('ratio.none'), mood: 'even' }
  const sure = low !== null && high !== null && (low > 1 || high < 1)
  const mood = !sure ? 'even' : ratio > 1 ? 'more' : 'less'
  const figures = low === null || high === null ? ratio.toFixed(2) : t('ratio.figures', { ratio: ratio.toFixed(2), low: low.toFixed(2), high: high > 99 ? '>99' : high.toFixed(2) })
  return { figures, verdict: say(comparison.verdict) || t(mood === 'even' ? 'ratio.even' : mood === 'more' ? 'ratio.more' : 'ratio.less'), mood }
}

/** How surprising a count is, in words; `q` is the false-discovery rate it was kept at. */
export function significanceWords(spot: { significant: boolean; q: number | null; calls: number; crashes: number }): { words: string; level: 'strong' | 'clear' | 'weak' | 'small' } {
  if (spot.calls + spot.crashes < 5) return { words: t('spot.small_sample'), level: 'small' }
  if (!spot.significant) return { words: t('spot.not_clear'), level: 'weak' }
  return spot.q !== null && spot.q < 0.001 ? { words: t('spot.very_clear'), level: 'strong' } : { words: t('spot.clear'), level: 'clear' }
}
