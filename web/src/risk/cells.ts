/** How cells are drawn: the certain ones strong, with outline and hatching; the others pale. */
import type { CellGrid, CellMark, MapTheme } from '../map/contract'
import type { ForecastCell, Hexagon, HexagonAnswer } from './api'

export type CellMeaning = 'more' | 'much' | 'less' | 'none'
const colors: Record<MapTheme, Record<'more' | 'less' | 'none', string>> = {
  light: { more: '168,35,24', less: '20,84,160', none: '120,134,150' },
  dark: { more: '255,122,98', less: '98,168,250', none: '140,160,182' },
}

/** What a cell says: a cluster (or rise) or a gap (or fall) only where the false discovery rate is kept at 5 %. */
export function meaningOf(cell: Hexagon, isChange: boolean): CellMeaning {
  if (isChange) {
    const change = cell.change
    if (!change?.significant || change.ratio === null) return 'none'
    return change.ratio > 1 ? (change.q !== null && change.q < 0.001 ? 'much' : 'more') : 'less'
  }
  if (cell.gi_z === null || cell.gi_q === null || cell.gi_q >= 0.05) return 'none'
  return cell.gi_z < 0 ? 'less' : cell.gi_q < 0.001 ? 'much' : 'more'
}

export function markOf(cell: Hexagon, isChange: boolean, most: number, theme: MapTheme): CellMark {
  const meaning = meaningOf(cell, isChange)
  const color = colors[theme][meaning === 'much' ? 'more' : meaning]
  if (meaning === 'none') {
    const share = most > 0 ? Math.sqrt(Math.max(cell.n, isChange ? (cell.then ?? 0) : 0) / most) : 0
    return { lon: cell.lon, lat: cell.lat, fill: `rgba(${color},${(0.05 + 0.22 * share).toFixed(3)})`, edge: `rgba(${color},.45)`, edgeWidth: 0.7 }
  }
  const isLess = meaning === 'less'
  return {
    lon: cell.lon, lat: cell.lat, fill: `rgba(${color},${meaning === 'much' ? 0.62 : 0.4})`, edge: `rgb(${color})`, edgeWidth: meaning === 'much' ? 3 : 2,
    dashed: isLess, hatch: isLess ? 'falling' : isChange ? 'rising' : null,
  }
}

export function hexagonGrid(answer: Pick<HexagonAnswer, 'outline' | 'cells'>, isChange: boolean, theme: MapTheme): CellGrid {
  const most = answer.cells.reduce((top, cell) => Math.max(top, cell.n, isChange ? (cell.then ?? 0) : 0), 0)
  return { outline: answer.outline, cells: answer.cells.map((cell) => markOf(cell, isChange, most, theme)) }
}

/** Cells of a forecast: one colour, stronger for more; two maps share `most`. */
export function amountGrid(cells: readonly ForecastCell[], outline: [number, number][], value: (cell: ForecastCell) => number | null, most: number, selected: string | null, theme: MapTheme): CellGrid {
  const base = theme === 'dark' ? '255,150,90' : '190,60,20'
  return {
    outline,
    cells: cells.flatMap((cell) => {
      const amount = value(cell)
      if (amount === null || amount === undefined) return []
      const share = most > 0 ? Math.min(1, amount / most) ** 0.6 : 0
      const isChosen = cell.key === selected
      return [{ lon: cell.lon, lat: cell.lat, fill: `rgba(${base},${(0.06 + 0.7 * share).toFixed(3)})`, edge: isChosen ? (theme === 'dark' ? '#ffffff' : '#0b3d7a') : `rgba(${base},${(0.25 + 0.4 * share).toFixed(2)})`, edgeWidth: isChosen ? 3.5 : 0.8 }]
    }),
  }
}

/** The cell a place lies in: the nearest centre, within the cell's own size. */
export function cellAt<T extends { lon: number; lat: number }>(cells: readonly T[], outline: readonly [number, number][], lon: number, lat: number): T | null {
  const wide = Math.cos((lat * Math.PI) / 180)
  const reach = Math.max(...outline.map(([dx, dy]) => Math.hypot(dx * wide, dy)), 0)
  let best = reach
  let found: T | null = null
  for (const cell of cells) {
    const away = Math.hypot((cell.lon - lon) * wide, cell.lat - lat)
    if (away < best) {
      best = away
      found = cell
    }
  }
  return found
}
