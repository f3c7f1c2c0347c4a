/** The city drawn from our own vector tiles: ground and roads below the heat, names above it. */
import MVT from 'ol/format/MVT.js'
import VectorTileLayer from 'ol/layer/VectorTile.js'
import RenderFeature from 'ol/render/Feature.js'
import VectorTileSource from 'ol/source/VectorTile.js'
import { Fill, Stroke, Style } from 'ol/style.js'
import { createXYZ } from 'ol/tilegrid.js'
import type { ReadOptions } from 'ol/format/Feature.js'
import type { FeatureLike } from 'ol/Feature.js'
import { joinRuns, type NamedLine } from './labels'
import { palette, roadRank, roadWidth, type Palette, type RoadRank } from './palette'
import type { MapTheme } from './contract'

/** Name of the layer that is made here, not in the tile: whole runs of roads, for their names. */
export const runLayer = 'road_runs'
export const largestTileZoom = 16
const zoomOneResolution = 156543.03392804097

export function zoomOf(resolution: number): number {
  return Math.log2(zoomOneResolution / resolution)
}

export function tileSource(url: string): VectorTileSource<RenderFeature> {
  return new VectorTileSource<RenderFeature>({
    format: new RunFormat({ featureClass: RenderFeature }) as never,
    tileGrid: createXYZ({ maxZoom: largestTileZoom, tileSize: 512 }),
    url,
    transition: 0,
    wrapX: false,
  })
}

/** Reads a tile and adds the joined runs of its named roads. */
class RunFormat extends MVT<RenderFeature> {
  override readFeatures(source: ArrayBuffer, options?: ReadOptions): RenderFeature[] {
    const features = super.readFeatures(source, options)
    const lines: NamedLine[] = []
    let extent = 0
    for (const feature of features) {
      if (feature.get('layer') !== 'roads') continue
      const name = feature.get('name') as string | undefined
      if (!name) continue
      const coordinates = feature.getFlatCoordinates() as number[]
      const ends = (feature.getEnds() as number[] | null) ?? [coordinates.length]
      let from = 0
      for (const to of ends.length ? ends : [coordinates.length]) {
        lines.push({
          name,
          english: (feature.get('name_en') as string | undefined) ?? '',
          roadClass: String(feature.get('class') ?? ''),
          reference: String(feature.get('ref') ?? ''),
          coordinates: coordinates.slice(from, to),
        })
        from = to
      }
    }
    if (options?.extent) extent = options.extent[2]! - options.extent[0]!
    for (const run of joinRuns(lines, Math.max(extent / 8192, 1e-6))) {
      features.push(
        new RenderFeature('LineString', run.coordinates, [run.coordinates.length], 2, {
          layer: runLayer,
          name: run.name,
          name_en: run.english,
          class: run.roadClass,
          ref: run.reference,
          length: run.length,
        }, undefined),
      )
    }
    return features
  }
}

export function groundLayer(source: VectorTileSource<RenderFeature>, theme: MapTheme) {
  const layer = new VectorTileLayer({ source, className: 'map-layer', zIndex: 0, renderMode: 'hybrid', renderBuffer: 64, style: groundStyle(theme), preload: 0 })
  return { layer, setTheme: (next: MapTheme) => layer.setStyle(groundStyle(next)) }
}

const rankOrder: Record<RoadRank, number> = { path: 0, rail: 1, service: 2, minor: 3, tertiary: 4, secondary: 5, primary: 6, trunk: 7, motorway: 8 }

function groundStyle(theme: MapTheme) {
  const colors = palette(theme)
  const cache = new Map<string, Style[]>()
  const remember = (key: string, make: () => Style[]) => {
    let styles = cache.get(key)
    if (!styles) {
      styles = make()
      cache.set(key, styles)
    }
    return styles
  }
  return (feature: FeatureLike, resolution: number): Style[] | undefined => {
    const zoom = zoomOf(resolution)
    switch (feature.get('layer')) {
      case 'land':
        return landStyle(feature, colors, remember)
      case 'boundary': {
        // Below the district (OSM level 6) borders step back: they help to find one's way, no more.
        const isQuiet = Number(feature.get('admin_level') ?? feature.get('level') ?? 6) > 6
        return remember(`boundary${zoom > 12}${isQuiet}`, () => [
          new Style({ stroke: new Stroke({ color: isQuiet ? colors.boundaryQuiet : colors.boundary, width: isQuiet ? 1 : zoom > 12 ? 1.6 : 1.2, lineDash: isQuiet ? [5, 4] : [9, 4, 2, 4] }), zIndex: 20 }),
        ])
      }
      case 'roads':
        return roadStyle(feature, zoom, colors, theme, remember)
      default:
        return undefined
    }
  }
}

type Remember = (key: string, make: () => Style[]) => Style[]

function landStyle(feature: FeatureLike, colors: Palette, remember: Remember): Style[] | undefined {
  const kind = landKind(String(feature.get('kind') ?? feature.get('class') ?? ''))
  const isLine = /LineString$/.test((feature as RenderFeature).getType() as string)
  if (isLine) {
    return kind === 'water' ? remember('river', () => [new Style({ stroke: new Stroke({ color: colors.water, width: 2.5 }), zIndex: 3 })]) : undefined
  }
  switch (kind) {
    case 'water':
      return remember('water', () => [new Style({ fill: new Fill({ color: colors.water }), zIndex: 3 })])
    case 'green':
      return remember('green', () => [new Style({ fill: new Fill({ color: colors.green }), zIndex: 2 })])
    default:
      return remember('built', () => [new Style({ fill: new Fill({ color: colors.built }), zIndex: 1 })])
  }
}

function landKind(kind: string): 'water' | 'green' | 'built' {
  if (/water|river|lake|sea|basin|canal|reservoir/.test(kind)) return 'water'
  if (/green|park|forest|wood|grass|garden|farm|meadow|wetland|pitch/.test(kind)) return 'green'
  return 'built'
}

function roadStyle(feature: FeatureLike, zoom: number, colors: Palette, theme: MapTheme, remember: Remember): Style[] | undefined {
  const roadClass = String(feature.get('class') ?? '')
  const rank = roadRank(roadClass)
  const isLink = roadClass.endsWith('_link')
  const isBridge = isSet(feature.get('bridge'))
  const isTunnel = isSet(feature.get('tunnel'))
  const level = Math.max(-5, Math.min(5, Number(feature.get('layer_level') ?? feature.get('level') ?? 0) || (isBridge ? 1 : isTunnel ? -1 : 0)))
  const width = roadWidth(rank, Math.round(zoom * 4) / 4, isLink)
  if (width === 0) return undefined
  const key = `${rank}${isLink}${isBridge}${isTunnel}${level}|${width.toFixed(2)}`
  return remember(key, () => {
    const base = 100 + (level + 5) * 100 + rankOrder[rank] - (isLink ? 0.5 : 0)
    if (rank === 'path') return [new Style({ stroke: new Stroke({ color: colors.roads.path, width, lineDash: [3, 3] }), zIndex: base })]
    if (rank === 'rail') {
      return [
        new Style({ stroke: new Stroke({ color: colors.roads.rail, width: width + 1 }), zIndex: base }),
        new Style({ stroke: new Stroke({ color: colors.background, width: Math.max(0.5, width - 0.6), lineDash: [7, 7] }), zIndex: base + 1 }),
      ]
    }
    const color = isTunnel ? colors.tunnel : colors.roads[rank]
    const casingWidth = width + (width > 6 ? 2.4 : width > 2.2 ? 1.6 : theme === 'light' ? 1 : 0)
    const styles: Style[] = []
    if (isTunnel) {
      styles.push(new Style({ stroke: new Stroke({ color: colors.roads[rank], width: casingWidth, lineDash: [6, 5], lineCap: 'butt' }), zIndex: base }))
      styles.push(new Style({ stroke: new Stroke({ color, width: Math.max(0.6, width - 0.6), lineCap: 'butt' }), zIndex: base + 50 }))
      return styles
    }
    if (isBridge && width > 2.2) {
      styles.push(new Style({ stroke: new Stroke({ color: colors.bridge, width: casingWidth + 1.2, lineCap: 'butt' }), zIndex: base }))
      styles.push(new Style({ stroke: new Stroke({ color: colors.casing, width: casingWidth - 0.4, lineCap: 'butt' }), zIndex: base + 0.2 }))
    } else if (casingWidth > width) {
      styles.push(new Style({ stroke: new Stroke({ color: colors.casing, width: casingWidth, lineCap: 'round', lineJoin: 'round' }), zIndex: base }))
    }
    styles.push(new Style({ stroke: new Stroke({ color, width, lineCap: 'round', lineJoin: 'round' }), zIndex: base + 50 }))
    return styles
  })
}

function isSet(value: unknown): boolean {
  return value === true || value === 1 || (typeof value === 'string' && value !== '' && value !== 'no' && value !== '0' && value !== 'false')
}
