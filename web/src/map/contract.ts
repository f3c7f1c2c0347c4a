/**
 * What the rest of the application knows about a map. No word of the drawing engine appears here,
 * so that the engine (OpenLayers on Canvas today) can be exchanged without touching a screen.
 *
 * All coordinates are WGS-84 degrees, longitude first.
 */

export type LonLat = [lon: number, lat: number]
/** west, south, east, north */
export type Bounds = [west: number, south: number, east: number, north: number]
export type MapTheme = 'dark' | 'light'
export type MapLanguage = 'zh' | 'en'

export interface MapOptions {
  theme: MapTheme
  center?: LonLat
  /** 0 is the whole world in one 256 px square; a street fills the view at about 17. */
  zoom?: number
  /** Shown whole when given; wins over center and zoom. */
  bounds?: Bounds
  /** The view cannot leave this box (padded by half its size). */
  limit?: Bounds
  language?: MapLanguage
  /** Names the map for people who do not see it. */
  label?: string
  /** A second map that moves together with the first. */
  linkTo?: MapHandle
  /** True when roads and records are made up: the note on the map says so instead of naming OSM. */
  synthetic?: boolean
  /** A still picture: no panning, no zooming, no controls. */
  still?: boolean
  /** Address of the vector tiles. */
  tiles?: string
  /** `none` draws no city: only the marks. */
  basemap?: 'mvt' | 'none'
}

export type PointShape = 'circle' | 'square' | 'triangle' | 'diamond' | 'ring' | 'pin'

export interface PointStyle {
  shape?: PointShape
  /** Radius in CSS pixels. */
  radius?: number
  color?: string
  /** Outline; the theme's own when left out. */
  stroke?: string
  /** Text inside the mark (a rank or a count). */
  label?: string
  labelColor?: string
  selected?: boolean
  /** Larger draws above smaller. */
  order?: number
  opacity?: number
}

export interface PointItem {
  id: string
  lon: number
  lat: number
}

export interface PointLayerOptions {
  /** Join points closer than this many pixels into one mark with a count. 0 or absent: never. */
  clusterPx?: number
  clusterColor?: string
}

export interface LineItem {
  id: string
  line: LonLat[]
  color: string
  /** Width in CSS pixels. */
  width: number
  order?: number
}

/** A density surface as the server computes it: row-major, north row first. */
export interface HeatGrid {
  values: Float32Array
  width: number
  height: number
  bbox: Bounds
  /** `density`: zero is transparent, more is warmer. `difference`: blue fewer, red more. */
  kind: 'density' | 'difference'
  /** The value at the end of the colour scale; two maps beside each other share it. */
  max: number
}

/** Density along the streets, as the server packs it: piece k owns the points starts[k]…starts[k+1]. */
export interface StreetDensity {
  starts: Uint32Array
  /** Longitude and latitude in millionths of a degree, in turn. */
  points: Int32Array
  values: Float32Array
  /** `density`: zero is not drawn, more is warmer and wider. `difference`: blue fewer, red more. */
  kind: 'density' | 'difference'
  max: number
}

/** How one cell is drawn; colours as CSS. */
export interface CellMark {
  lon: number
  lat: number
  fill: string
  edge: string
  edgeWidth: number
  dashed?: boolean
  hatch?: 'rising' | 'falling' | null
}
export interface CellGrid {
  /** Corners as offsets from a cell's centre, degrees. */
  outline: LonLat[]
  cells: CellMark[]
}

export interface Hit {
  layer: string
  id: string
  /** More than one when a cluster was hit. */
  ids: string[]
}

export interface MapEvents {
  click: { hit: Hit | null; at: LonLat }
  hover: { hit: Hit | null; at: LonLat; x: number; y: number }
  move: { center: LonLat; zoom: number; bounds: Bounds }
}

/** Words drawn into an exported picture: without them a picture could be mistaken. */
export interface PictureNote {
  title: string
  lines: string[]
  /** Drawn large and pale across the picture when the data are made up. */
  watermark?: string
}

export interface MapHandle {
  setPoints<T extends PointItem>(layer: string, items: readonly T[], style: (item: T, zoom: number) => PointStyle, options?: PointLayerOptions): void
  setLines(layer: string, items: readonly LineItem[]): void
  setHeat(grid: HeatGrid | null): void
  setStreets(streets: StreetDensity | null): void
  setCells(grid: CellGrid | null): void
  /** Draws the selection mark on an item of a layer; null takes it away. */
  setSelected(layer: string, id: string | null): void
  /** The same, by its shorter name. */
  select(layer: string, id: string | null): void
  /** Draws a pin (the place being chosen); null takes it away. */
  setPin(at: LonLat | null): void
  fit(bounds: Bounds, options?: { paddingPx?: number; maxZoom?: number; animate?: boolean }): void
  goTo(center: LonLat, zoom?: number): void
  /** As goTo, at once. */
  setCenter(center: LonLat, zoom?: number): void
  view(): { center: LonLat; zoom: number; bounds: Bounds }
  on<K extends keyof MapEvents>(event: K, handler: (payload: MapEvents[K]) => void): () => void
  /** A pin stands in the middle of the map; `tell` hears its place after each move. Returns the function that ends it. */
  pickMode(tell: (place: { lon: number; lat: number }) => void): () => void
  toPng(note?: PictureNote): Promise<Blob>
  setTheme(theme: MapTheme): void
  setLanguage(language: MapLanguage): void
  resize(): void
  destroy(): void
}
