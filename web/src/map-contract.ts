/** What the rest of the UI asks of the map module (src/map/index.ts exports `createMap: CreateMap`). Coordinates are WGS-84 degrees. */
export interface MapOptions { theme: 'light' | 'dark'; center: [number, number]; zoom: number; basemap?: 'mvt' | 'none'; label?: string }
export interface MapPoint { id: string; lon: number; lat: number; [more: string]: unknown }
export interface PointStyle { radius?: number; fill?: string; stroke?: string; label?: string; shape?: 'circle' | 'square' | 'triangle' | 'pin'; selected?: boolean }
export interface GongzhiMap {
  setPoints(layer: string, items: MapPoint[], style: (item: MapPoint) => PointStyle): void
  setHeat(heat: unknown): void
  select(layer: string, id: string | null): void
  fit(bounds: [number, number, number, number]): void
  on(event: 'click' | 'move', tell: (data: any) => void): void
  /** A pin in the middle of the map; `tell` hears the centre after each move. */
  pickMode(tell: (place: { lon: number; lat: number }) => void): void
  setCenter?(center: [number, number], zoom?: number): void
  toPng(): Promise<Blob> | Promise<string>
  destroy?(): void
}
export type CreateMap = (el: HTMLElement, options: MapOptions) => GongzhiMap | Promise<GongzhiMap>

const modules = import.meta.glob<{ createMap: CreateMap }>('./map/index.ts')
/** Loads the map module, its chunk only when first needed; null where this build has none. */
export async function loadMap(): Promise<CreateMap | null> {
  const load = modules['./map/index.ts']
  return load ? (await load()).createMap : null
}
