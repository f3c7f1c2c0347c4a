/** Answers of the workbench as pictures for its maps; two maps beside each other share one scale. */
import { computed, type Ref } from 'vue'
import { gridQuantile, roundUp } from '../map/heat'
import { unpackStreets } from '../map/packed'
import type { CellGrid, HeatGrid, MapTheme, StreetDensity } from '../map/contract'
import { hexagonGrid } from '../risk/cells'
import type { StreetAnswer } from '../risk/api'
import type { Workbench } from './workbench'

export function usePictures(bench: Workbench, theme: Ref<MapTheme>) {
  const surfaces = computed(() => (bench.layer.value === 'heat' ? bench.heat.surfaces.value : null))
  const heat = computed<HeatGrid | null>(() => surfaces.value?.main ?? null)
  const heatThen = computed<HeatGrid | null>(() => surfaces.value?.then ?? null)

  const unpacked = (answer: StreetAnswer | null, kind: StreetDensity['kind']) => (answer ? unpackStreets(answer.streets, kind, 1) : null)
  const isDifference = computed(() => bench.streets.of.value?.compare === 'minus')
  const now = computed(() => unpacked(bench.streets.data.value, isDifference.value ? 'difference' : 'density'))
  const then = computed(() => unpacked(bench.streetsThen.data.value, 'density'))
  /** Scaled by what nearly all of it stays below: one strong place must not blank all others. */
  const streetMax = computed(() => {
    if (!now.value) return 1
    if (isDifference.value) return roundUp(gridQuantile(now.value.values, 0.995))
    return roundUp(Math.max(gridQuantile(now.value.values, 0.998), then.value ? gridQuantile(then.value.values, 0.998) : 0))
  })
  const streets = computed<StreetDensity | null>(() => (bench.layer.value === 'streets' && now.value ? { ...now.value, max: streetMax.value } : null))
  const streetsThen = computed<StreetDensity | null>(() => (bench.compare.value === 'beside' && bench.layer.value === 'streets' && then.value ? { ...then.value, max: streetMax.value } : null))

  const isChange = computed(() => bench.hexagons.of.value?.compare === 'minus')
  const cells = computed<CellGrid | null>(() => (bench.layer.value === 'hexagons' && bench.hexagons.data.value ? hexagonGrid(bench.hexagons.data.value, isChange.value, theme.value) : null))
  const busy = computed(() => (bench.layer.value === 'heat' && bench.heat.busy.value) || bench.streets.busy.value || bench.hexagons.busy.value || bench.rules.busy.value)
  /** What the answer under the map says of itself, whichever layer it is. */
  const basis = computed(() => ({ spots: bench.list.data.value, heat: bench.heat.answer.value, streets: bench.streets.data.value, hexagons: bench.hexagons.data.value, rules: bench.rules.data.value })[bench.layer.value])
  const error = computed(() => ({ spots: null, heat: bench.heat.error.value, streets: bench.streets.error.value ?? bench.streetsThen.error.value, hexagons: bench.hexagons.error.value, rules: bench.rules.error.value })[bench.layer.value])
  return { heat, heatThen, surfaces, streets, streetsThen, isDifference, cells, isChange, busy, basis, error }
}
export type Pictures = ReturnType<typeof usePictures>
