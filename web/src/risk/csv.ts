/** Tables as files: what they rest on stands above them. */
import { say, t } from '../i18n'
import { csvText } from '../hotspots/export'
import type { Rule } from './api'
import { value } from './figures'
import type { Pair } from './pairing'
import { stakeText, wayWords } from './stakes'

export function blackSpotCsv(pairs: readonly Pair[], title: string, notes: readonly string[], rule: Rule | null, against: Rule | null): string {
  const columns = [t('hotspots.rank'), t('csv.key'), t('csv.kind'), t('black.place'), t('csv.road'), t('csv.from_stake'), t('csv.to_stake'), t('csv.direction'), t('csv.lon'), t('csv.lat'), ...(against ? [t('black.by_rule')] : []), t('black.crashes'), t('csv.deaths'), t('csv.injured'), t('severity.fatal'), t('severity.serious'), t('severity.slight'), t('severity.damage'), t('black.unknown'), t('black.score'), t('black.pattern'), t('csv.pattern_n'), t('hotspots.expected'), 'p', t('black.status')]
  const rows = pairs.map(({ place, who }) => [
    place.rank, place.key, place.unit, place.name, place.road ?? '', stakeText(place.from_stake), stakeText(place.to_stake), wayWords(place), place.lon.toFixed(6), place.lat.toFixed(6),
    ...(against ? [who === 'both' ? t('black.both') : say(who === 'first' ? rule?.name : against.name)] : []),
    place.n, place.deaths, place.injured, place.by_severity.fatal, place.by_severity.serious, place.by_severity.slight, place.by_severity.damage, place.by_severity.unknown, place.score,
    place.pattern ? value(place.pattern.value) : '', place.pattern?.n ?? '', place.pattern?.expected ?? '', place.pattern?.p ?? '', t(`black.status_${place.status}`),
  ])
  return csvText([[title], ...notes.map((note) => [note]), [], columns, ...rows])
}
