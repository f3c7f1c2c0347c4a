import type { MapHandle, MapOptions } from './map/contract'

export type CreateMap = (el: HTMLElement, options: MapOptions) => MapHandle | Promise<MapHandle>
const modules = import.meta.glob<{ createMap: CreateMap }>('./map/index.ts')

/** Loads the map module, its chunk only when first needed; null where this build has none. */
export async function loadMap(): Promise<CreateMap | null> {
  const load = modules['./map/index.ts']
  return load ? (await load()).createMap : null
}
