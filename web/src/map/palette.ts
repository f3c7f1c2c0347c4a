/** Colours and widths of the drawn map. The two themes name the same things. */
import type { MapTheme } from './contract'

export type RoadRank = 'motorway' | 'trunk' | 'primary' | 'secondary' | 'tertiary' | 'minor' | 'service' | 'path' | 'rail'

export interface Palette {
  background: string
  built: string
  green: string
  water: string
  waterText: string
  boundary: string
  boundaryQuiet: string
  casing: string
  bridge: string
  roads: Record<RoadRank, string>
  tunnel: string
  text: string
  textQuiet: string
  halo: string
  place: string
  signal: string
  selection: string
  outline: string
  pin: string
  cluster: string
  clusterText: string
}

const dark: Palette = {
  background: '#101823',
  built: '#152030',
  green: '#15292a',
  water: '#0d2c42',
  waterText: '#6ea3c8',
  boundary: '#5b7593',
  boundaryQuiet: '#33465c',
  casing: '#0c131d',
  bridge: '#7f97b3',
  roads: {
    motorway: '#5d7594',
    trunk: '#536b8a',
    primary: '#48607d',
    secondary: '#3b516c',
    tertiary: '#31445c',
    minor: '#26374c',
    service: '#203043',
    path: '#243446',
    rail: '#3a4656',
  },
  tunnel: '#2a3a4e',
  text: '#d3deeb',
  textQuiet: '#a3b4c8',
  halo: '#0e1621',
  place: '#e7eef7',
  signal: '#8fb3d6',
  selection: '#ffffff',
  outline: '#0b1119',
  pin: '#ff6b5e',
  cluster: '#2a4a6e',
  clusterText: '#eaf2fb',
}

const light: Palette = {
  background: '#f3f4f1',
  built: '#eae9e4',
  green: '#d5e6cf',
  water: '#bcd8ea',
  waterText: '#2f6590',
  boundary: '#8d7f9c',
  boundaryQuiet: '#c3bbcc',
  casing: '#c9c8c3',
  bridge: '#8f8d88',
  roads: {
    motorway: '#f7cf8b',
    trunk: '#fadd9f',
    primary: '#fdecbd',
    secondary: '#ffffff',
    tertiary: '#ffffff',
    minor: '#ffffff',
    service: '#fbfbf9',
    path: '#d9d6cf',
    rail: '#b9bcc2',
  },
  tunnel: '#e4e3df',
  text: '#2b3440',
  textQuiet: '#4c5866',
  halo: '#fdfdfb',
  place: '#1d2631',
  signal: '#5b7796',
  selection: '#0b3d7a',
  outline: '#ffffff',
  pin: '#c3202f',
  cluster: '#35618f',
  clusterText: '#ffffff',
}

export function palette(theme: MapTheme): Palette {
  return theme === 'dark' ? dark : light
}

/** OpenStreetMap's `highway` values, and the plain words of other sources, as ranks of drawing. */
export function roadRank(roadClass: string): RoadRank {
  const base = roadClass.replace(/_link$/, '')
  switch (base) {
    case 'motorway':
    case 'expressway':
      return 'motorway'
    case 'trunk':
      return 'trunk'
    case 'primary':
      return 'primary'
    case 'secondary':
      return 'secondary'
    case 'tertiary':
      return 'tertiary'
    case 'service':
    case 'track':
    case 'busway':
      return 'service'
    case 'footway':
    case 'path':
    case 'steps':
    case 'cycleway':
    case 'pedestrian':
    case 'bridleway':
      return 'path'
    case 'rail':
    case 'railway':
      return 'rail'
    default:
      return 'minor'
  }
}

/** Zoom (256 px squares) and width in pixels; widths between are on a power curve. */
const widths: Record<RoadRank, [number, number][]> = {
  motorway: [[7, 0.8], [10, 1.6], [12, 2.6], [14, 5], [16, 11], [18, 24], [20, 56]],
  trunk: [[8, 0.7], [10, 1.4], [12, 2.3], [14, 4.6], [16, 10], [18, 22], [20, 52]],
  primary: [[8, 0.5], [10, 1.1], [12, 2], [14, 4.2], [16, 9], [18, 20], [20, 48]],
  secondary: [[9, 0.5], [11, 1], [12, 1.5], [14, 3.4], [16, 7.5], [18, 17], [20, 42]],
  tertiary: [[10, 0.5], [12, 1.1], [14, 2.5], [16, 6], [18, 14], [20, 34]],
  minor: [[11, 0.4], [13, 0.8], [14, 1.4], [16, 4.2], [18, 10.5], [20, 26]],
  service: [[13, 0.4], [15, 1.2], [16, 2.2], [18, 6], [20, 15]],
  path: [[14, 0.5], [16, 1], [18, 2], [20, 4]],
  rail: [[10, 0.6], [14, 1], [16, 1.6], [18, 2.4]],
}

export function roadWidth(rank: RoadRank, zoom: number, isLink: boolean): number {
  const stops = widths[rank]
  const first = stops[0]!
  if (zoom <= first[0]) return zoom < first[0] - 1 ? 0 : first[1]
  for (let i = 1; i < stops.length; i++) {
    const [highZoom, highWidth] = stops[i]!
    const [lowZoom, lowWidth] = stops[i - 1]!
    if (zoom <= highZoom) {
      const share = (zoom - lowZoom) / (highZoom - lowZoom)
      return lowWidth * (highWidth / lowWidth) ** share * (isLink ? 0.62 : 1)
    }
  }
  return stops[stops.length - 1]![1] * (isLink ? 0.62 : 1)
}

/** Local fonts only; the first that the machine has is taken. */
export const mapFont = '"Noto Sans CJK SC","Source Han Sans SC","PingFang SC","HarmonyOS Sans SC","Microsoft YaHei","Noto Sans SC",sans-serif'
