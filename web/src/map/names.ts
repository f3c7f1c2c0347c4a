/** The layers of names: roads along their line, places at their point. Drawn above the heat, never over each other. */
import VectorTileLayer from 'ol/layer/VectorTile.js'
import Point from 'ol/geom/Point.js'
import RenderFeature from 'ol/render/Feature.js'
import type VectorTileSource from 'ol/source/VectorTile.js'
import { Circle, Fill, Stroke, Style, Text } from 'ol/style.js'
import type { FeatureLike } from 'ol/Feature.js'
import { runLayer, zoomOf } from './basemap'
import { isIdeographic, stacked, uprightPlace } from './labels'
import { mapFont, palette, roadRank, type Palette, type RoadRank } from './palette'
import type { MapLanguage, MapTheme } from './contract'

export function nameLayers(source: VectorTileSource<RenderFeature>, theme: MapTheme, language: MapLanguage) {
  const roads = new VectorTileLayer({ source, className: 'map-layer', zIndex: 40, renderMode: 'vector', declutter: 'names', renderBuffer: 80, style: roadNames(theme, language) })
  const places = new VectorTileLayer({ source, className: 'map-layer', zIndex: 41, renderMode: 'vector', declutter: 'names', renderBuffer: 120, style: placeNames(theme, language) })
  return {
    layers: [roads, places],
    restyle(nextTheme: MapTheme, nextLanguage: MapLanguage) {
      roads.setStyle(roadNames(nextTheme, nextLanguage))
      places.setStyle(placeNames(nextTheme, nextLanguage))
    },
  }
}

const roadNameFrom: Record<RoadRank, number> = { motorway: 10.5, trunk: 11, primary: 11.8, secondary: 12.8, tertiary: 13.7, minor: 14.9, service: 16.6, path: 17, rail: 15 }
const roadNameSize: Record<RoadRank, number> = { motorway: 13, trunk: 13, primary: 13, secondary: 12.5, tertiary: 12, minor: 12, service: 11.5, path: 11, rail: 11 }

function roadNames(theme: MapTheme, language: MapLanguage) {
  const colors = palette(theme)
  const geometries = new WeakMap<object, ReturnType<typeof uprightPlace>>()
  return (feature: FeatureLike, resolution: number): Style | undefined => {
    if (feature.get('layer') !== runLayer) return undefined
    const roadClass = String(feature.get('class') ?? '')
    if (roadClass.endsWith('_link')) return undefined
    const rank = roadRank(roadClass)
    const zoom = zoomOf(resolution)
    if (zoom < roadNameFrom[rank]) return undefined
    const chinese = String(feature.get('name') ?? '')
    const text = language === 'en' ? String(feature.get('name_en') || chinese) : chinese
    const size = roadNameSize[rank] + (zoom >= 16.5 ? 2 : zoom >= 15 ? 1 : 0)
    const lengthPx = (feature.get('length') as number) / resolution
    const isMajor = rank === 'motorway' || rank === 'trunk' || rank === 'primary' || rank === 'secondary'
    const fill = new Fill({ color: isMajor ? colors.text : colors.textQuiet })
    const stroke = new Stroke({ color: colors.halo, width: 3 })
    const font = `${isMajor ? 500 : 400} ${size}px ${mapFont}`
    if (isIdeographic(text)) {
      if (lengthPx < text.length * size * 1.05) return undefined
      let upright = geometries.get(feature)
      if (upright === undefined) {
        upright = uprightPlace((feature as RenderFeature).getFlatCoordinates() as number[])
        geometries.set(feature, upright)
      }
      if (upright && upright.length / resolution >= text.length * size * 1.15) {
        return new Style({
          geometry: new Point([upright.x, upright.y]),
          zIndex: -rankWeight(rank),
          text: new Text({
            text: stacked(text),
            font: `${isMajor ? 500 : 400} ${size}px/1.1 ${mapFont}`,
            rotation: upright.rotation,
            rotateWithView: true,
            fill,
            stroke,
            padding: [4, 3, 4, 3],
          }),
        })
      }
    }
    return new Style({
      zIndex: -rankWeight(rank),
      text: new Text({ text, font, placement: 'line', maxAngle: 0.5, overflow: false, repeat: zoom >= 14 ? 520 : undefined, fill, stroke, padding: [2, 4, 2, 4] }),
    })
  }
}

function rankWeight(rank: RoadRank): number {
  return ['rail', 'path', 'service', 'minor', 'tertiary', 'secondary', 'primary', 'trunk', 'motorway'].indexOf(rank)
}

interface PlaceLook {
  from: number
  to: number
  size: number
  weight: number
  look: 'city' | 'area' | 'settlement' | 'site' | 'water' | 'green' | 'quiet'
}

function placeLook(kind: string, rank: number): PlaceLook {
  switch (kind) {
    case 'city':
      return { from: 7, to: 12.2, size: 18, weight: 600, look: 'city' }
    case 'district':
    case 'county':
      return { from: 9, to: 14, size: 15, weight: 600, look: 'area' }
    case 'town':
    case 'township':
    case 'suburb':
    case 'subdistrict':
    case 'borough':
      return { from: 10.6, to: 15.6, size: 14, weight: 500, look: 'settlement' }
    case 'village':
    case 'hamlet':
      return { from: 13, to: 17.5, size: 12.5, weight: 400, look: 'settlement' }
    case 'quarter':
    case 'neighbourhood':
    case 'residential':
      return { from: 14.3, to: 19, size: 12, weight: 400, look: 'quiet' }
    case 'water':
    case 'river':
    case 'lake':
      return { from: 11.5, to: 20, size: 12.5, weight: 400, look: 'water' }
    case 'park':
    case 'green':
      return { from: 13.5, to: 20, size: 12, weight: 400, look: 'green' }
    case 'station':
    case 'hospital':
      return { from: 13.8, to: 22, size: 12, weight: 400, look: 'site' }
    case 'school':
    case 'university':
      return { from: 14.4, to: 22, size: 12, weight: 400, look: 'site' }
    default:
      return { from: rank > 0 && rank < 5 ? 13 : 15.4, to: 22, size: 12, weight: 400, look: 'site' }
  }
}

function placeNames(theme: MapTheme, language: MapLanguage) {
  const colors = palette(theme)
  return (feature: FeatureLike, resolution: number): Style | undefined => {
    const zoom = zoomOf(resolution)
    const layer = feature.get('layer')
    if (layer === 'crossings') return crossingStyle(feature, zoom, colors)
    if (layer !== 'places') return undefined
    const name = String(feature.get('name') ?? '')
    const text = language === 'en' ? String(feature.get('name_en') || name) : name
    if (!text) return undefined
    const rank = Number(feature.get('rank') ?? 0)
    const look = placeLook(String(feature.get('kind') ?? ''), rank)
    if (zoom < look.from || zoom > look.to) return undefined
    const color = look.look === 'water' ? colors.waterText : look.look === 'green' || look.look === 'site' || look.look === 'quiet' ? colors.textQuiet : colors.place
    const isSite = look.look === 'site'
    return new Style({
      zIndex: -100 + rank,
      image: isSite ? new Circle({ radius: 2.4, fill: new Fill({ color: colors.textQuiet }), stroke: new Stroke({ color: colors.halo, width: 1.2 }), declutterMode: 'obstacle' }) : undefined,
      text: new Text({
        text: look.look === 'area' || look.look === 'city' ? spaced(text) : text,
        font: `${look.weight} ${look.size}px ${mapFont}`,
        fill: new Fill({ color }),
        stroke: new Stroke({ color: colors.halo, width: 3.2 }),
        offsetY: isSite ? 11 : 0,
        padding: [3, 6, 3, 6],
      }),
    })
  }
}

function crossingStyle(feature: FeatureLike, zoom: number, colors: Palette): Style | undefined {
  const signal = feature.get('signal')
  if (!signal || signal === 'no' || signal === '0' || zoom < 15.8) return undefined
  const radius = zoom >= 17 ? 3.4 : 2.4
  return new Style({ image: new Circle({ radius, fill: new Fill({ color: colors.halo }), stroke: new Stroke({ color: colors.signal, width: 1.6 }), declutterMode: 'none' }) })
}

/** District names are set wide, as on paper maps; Latin words are left alone. */
function spaced(text: string): string {
  return isIdeographic(text) ? [...text].join('\u2009') : text
}
