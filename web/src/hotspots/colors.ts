/** Colour of a hot spot by how clearly it stands out; the word stands beside it in the table, the number on the map. */
import type { MapTheme } from '../map/contract'

export type Clearness = 'strong' | 'clear' | 'weak' | 'small'

const colors: Record<MapTheme, Record<Clearness, string>> = {
  light: { strong: '#b02a1d', clear: '#c2690c', weak: '#5f7388', small: '#8a97a5' },
  dark: { strong: '#d9503f', clear: '#c9832a', weak: '#6b829b', small: '#56687b' },
}

export function colorOf(level: Clearness, theme: MapTheme): string {
  return colors[theme][level]
}
