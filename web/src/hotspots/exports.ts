/** What leaves the workbench: every file says how many, when, how, from where, and whether it is made up. */
import { computed, type Ref } from 'vue'
import { city } from '../city'
import { queryString } from '../api'
import { say, t } from '../i18n'
import { isoDay } from '../when'
import { toast } from '../parts/toast'
import type { PictureNote } from '../map/contract'
import type { Way } from '../risk/ExportMenu.vue'
import { days } from '../risk/figures'
import { blackSpotsGeoJson, hexagonsGeoJson, spotsGeoJson, streetsGeoJson, type FileBasis } from '../risk/geojson'
import { ratioWords } from '../console/words'
import { hotspotCsv, save } from './export'
import type { Pictures } from './pictures'
import type { Workbench } from './workbench'

export function useExports(bench: Workbench, pictures: Pictures, map: Ref<{ toPng: (note: PictureNote) => Promise<Blob> } | null>) {
  const items = computed(() => bench.list.data.value?.items ?? [])
  const isMadeUp = computed(() => !!city.value?.synthetic || !!(bench.list.data.value?.synthetic))
  const stamp = computed(() => `${isoDay(bench.range.value[0])}_${isoDay(bench.range.value[1] - 1)}`)
  const cityName = computed(() => (city.value ? say(city.value.name) : ''))
  const basisOf = (of: { n: number; period: [number, number]; method?: unknown; source?: unknown } | null): FileBasis | null => of && { title: cityName.value, n: of.n, from: isoDay(of.period[0]), to: isoDay(of.period[1] - 1), method: say(of.method as string), source: say(of.source as string), synthetic: isMadeUp.value }
  const basis = computed(() => (bench.list.data.value ? basisOf(bench.list.data.value) : null))
  const words = computed(() => (basis.value ? t('hotspots.basis', { n: basis.value.n.toLocaleString(), from: basis.value.from, to: basis.value.to, method: basis.value.method }) : ''))
  const notes = computed(() => [words.value, ...(basis.value?.source ? [t('picture.source', { source: basis.value.source })] : []), ...(isMadeUp.value ? [t('csv.synthetic')] : [])].filter(Boolean))
  const told = (name: string) => toast(t('hotspots.exported', { name }))

  /** The lines under a picture: those of the layer that is seen. */
  function pictureLines(): string[] {
    const under = bench.layer.value === 'spots' ? null : (pictures.basis.value as { n: number; period: [number, number]; n_then?: number; period_then?: [number, number] | null; method?: unknown; source?: unknown; comparison?: Parameters<typeof ratioWords>[0] | null } | null)
    if (!under) return notes.value
    const ratio = bench.compare.value !== 'none' && under.comparison ? ratioWords(under.comparison) : null
    return [
      t('picture.layer', { layer: t(bench.layer.value === 'heat' ? 'hotspots.layer_heat' : `risk.layer_${bench.layer.value as 'streets' | 'hexagons' | 'rules'}`), n: under.n.toLocaleString(), days: days(under.period) }),
      ...(under.period_then && bench.compare.value !== 'none' ? [t('picture.then', { n: (under.n_then ?? 0).toLocaleString(), days: days(under.period_then), change: ratio ? `${ratio.figures} ${ratio.verdict}` : '' })] : []),
      ...(under.method ? [say(under.method as string)] : []),
      ...(under.source ? [t('picture.source', { source: say(under.source as string) })] : []),
      ...(isMadeUp.value ? [t('csv.synthetic')] : []),
    ]
  }
  async function png(): Promise<void> {
    if (!map.value) return
    const name = `hotspots_${bench.layer.value}_${stamp.value}.png`
    save(name, await map.value.toPng({ title: t('picture.title', { city: cityName.value, n: items.value.length }), lines: pictureLines(), watermark: isMadeUp.value ? t('picture.made_up') : undefined }))
    told(name)
  }
  function csv(): void {
    const name = `hotspots_${stamp.value}.csv`
    save(name, hotspotCsv(items.value, {
      title: t('picture.title', { city: cityName.value, n: items.value.length }), notes: notes.value,
      columns: [t('hotspots.rank'), t('csv.key'), t('csv.kind'), t('hotspots.name'), t('csv.lon'), t('csv.lat'), t('hotspots.calls'), t('hotspots.crashes'), t('csv.injured'), t('csv.deaths'), t('hotspots.expected'), 'p', 'q', t('csv.then'), t('csv.ratio'), t('csv.low'), t('csv.high'), t('rank.excess'), 'P', t('csv.gi_z'), t('csv.gi_q'), t('csv.per_km')],
    }))
    told(name)
  }
  /** The layer that is seen; without one, the ranked places. */
  function geojson(): void {
    const under = basisOf(pictures.basis.value as Parameters<typeof basisOf>[0]) ?? basis.value
    const hexagons = bench.hexagons.data.value, streets = pictures.streets.value, rules = bench.rules.data.value
    const text = !under ? null : bench.layer.value === 'hexagons' && hexagons ? hexagonsGeoJson(hexagons, under) : bench.layer.value === 'streets' && streets ? streetsGeoJson(streets, under) : bench.layer.value === 'rules' && rules ? blackSpotsGeoJson(rules.items, under) : basis.value ? spotsGeoJson(items.value, basis.value) : null
    if (!text) return
    const name = `${bench.layer.value}_${stamp.value}.geojson`
    save(name, new Blob([text], { type: 'application/geo+json' }))
    told(name)
  }
  const ways = computed<Way[]>(() => [
    { id: 'png', words: t('export.png'), icon: 'map', act: png },
    { id: 'csv', words: t('export.csv'), icon: 'list', off: !items.value.length, act: csv },
    { id: 'geojson', words: 'GeoJSON', icon: 'spot', off: !items.value.length, act: geojson },
    { id: 'pdf', words: t('export.pdf'), icon: 'print', href: `/api/hotspots/brief.pdf${queryString({ ...bench.query.value, rank: bench.rank.value })}` },
  ])
  return { ways, words, notes }
}
export type Exports = ReturnType<typeof useExports>
