/** Points (single or joined), lines, the selection mark and the pin. */
import Feature, { type FeatureLike } from 'ol/Feature.js'
import LineString from 'ol/geom/LineString.js'
import Point from 'ol/geom/Point.js'
import VectorLayer from 'ol/layer/Vector.js'
import Cluster from 'ol/source/Cluster.js'
import VectorSource from 'ol/source/Vector.js'
import { fromLonLat } from 'ol/proj.js'
import { Circle, Fill, Icon, RegularShape, Stroke, Style, Text } from 'ol/style.js'
import type ImageStyle from 'ol/style/Image.js'
import type { LineItem, LonLat, MapTheme, PointItem, PointLayerOptions, PointStyle } from './contract'
import { mapFont, palette } from './palette'
import { zoomOf } from './basemap'

/** Marks have a canvas of their own above the names. */
const markClass = 'map-layer map-marks'

export interface PointLayer {
  layer: VectorLayer
  find(id: string): Feature<Point> | undefined
  update(items: readonly PointItem[], style: (item: PointItem, zoom: number) => PointStyle, options: PointLayerOptions): void
  setTheme(theme: MapTheme): void
  styleOf(id: string, zoom: number): PointStyle | null
}

export function pointLayer(name: string, order: number, theme: MapTheme): PointLayer {
  const single = new VectorSource<Feature<Point>>()
  const layer = new VectorLayer({ source: single as VectorSource, className: markClass, zIndex: 60 + order, updateWhileInteracting: true, updateWhileAnimating: true })
  layer.set('gz', name)
  let styler: (item: PointItem, zoom: number) => PointStyle = () => ({ color: '#888888' })
  let options: PointLayerOptions = {}
  let colors = palette(theme)
  const cache = new Map<string, Style>()

  const draw = (feature: FeatureLike, resolution: number): Style | Style[] | undefined => {
    const zoom = zoomOf(resolution)
    const members = feature.get('features') as Feature<Point>[] | undefined
    if (members && members.length > 1) {
      const count = members.length
      const key = `cluster${count}`
      let style = cache.get(key)
      if (!style) {
        const radius = Math.min(22, 9 + Math.log2(count) * 2.1)
        style = new Style({
          zIndex: 1000 + count,
          image: new Circle({ radius, fill: new Fill({ color: options.clusterColor ?? colors.cluster }), stroke: new Stroke({ color: colors.outline, width: 2 }) }),
          text: new Text({ text: count > 999 ? '999+' : String(count), font: `600 ${count > 99 ? 11 : 12}px ${mapFont}`, fill: new Fill({ color: colors.clusterText }), offsetY: 0.5 }),
        })
        cache.set(key, style)
      }
      return style
    }
    const item = (members?.[0] ?? feature).get('item') as PointItem | undefined
    if (!item) return undefined
    return markStyle(styler(item, zoom), colors.outline, cache)
  }
  layer.setStyle(draw)

  return {
    layer,
    find: (id) => single.getFeatureById(id) as Feature<Point> | undefined,
    update(items, nextStyler, nextOptions) {
      styler = nextStyler
      const hadCluster = (options.clusterPx ?? 0) > 0
      if (options.clusterColor !== nextOptions.clusterColor) cache.clear()
      options = nextOptions
      const wanted = new Set<string>()
      const fresh: Feature<Point>[] = []
      for (const item of items) {
        if (!Number.isFinite(item.lon) || !Number.isFinite(item.lat) || wanted.has(item.id)) continue
        wanted.add(item.id)
        const known = single.getFeatureById(item.id) as Feature<Point> | null
        if (known) {
          known.set('item', item, true)
          known.getGeometry()!.setCoordinates(fromLonLat([item.lon, item.lat]))
        } else {
          const feature = new Feature(new Point(fromLonLat([item.lon, item.lat])))
          feature.setId(item.id)
          feature.set('item', item, true)
          fresh.push(feature)
        }
      }
      single.removeFeatures(single.getFeatures().filter((feature) => !wanted.has(String(feature.getId()))))
      single.addFeatures(fresh)
      const wantsCluster = (options.clusterPx ?? 0) > 0
      if (wantsCluster && !hadCluster) layer.setSource(new Cluster({ source: single, distance: options.clusterPx }) as unknown as VectorSource)
      else if (!wantsCluster && hadCluster) layer.setSource(single as VectorSource)
      else layer.changed()
    },
    setTheme(next) {
      colors = palette(next)
      cache.clear()
      layer.changed()
    },
    styleOf(id, zoom) {
      const item = single.getFeatureById(id)?.get('item') as PointItem | undefined
      return item ? styler(item, zoom) : null
    },
  }
}

function markStyle(look: PointStyle, defaultOutline: string, cache: Map<string, Style>): Style {
  const key = `${look.shape}|${look.radius}|${look.color}|${look.stroke}|${look.label}|${look.labelColor}|${look.order}|${look.opacity}|${look.selected}`
  let style = cache.get(key)
  if (style) return style
  const radius = (look.radius ?? 6) * (look.selected ? 1.25 : 1)
  style = new Style({
    zIndex: look.order ?? 0,
    image: shapeImage(look, radius, look.stroke ?? (look.selected ? '#ffffff' : defaultOutline)),
    text: look.label
      ? new Text({ text: look.label, font: `600 ${Math.max(10, Math.min(14, radius * 1.15))}px ${mapFont}`, fill: new Fill({ color: look.labelColor ?? '#ffffff' }), offsetY: 0.5 })
      : undefined,
  })
  if (look.opacity !== undefined) style.getImage()!.setOpacity(look.opacity)
  if (cache.size > 4000) cache.clear()
  cache.set(key, style)
  return style
}

function shapeImage(look: PointStyle, radius: number, outline: string): ImageStyle {
  const color = look.color ?? '#2f78c4'
  const fill = new Fill({ color: look.shape === 'ring' ? 'rgba(0,0,0,0)' : color })
  const stroke = new Stroke({ color: look.shape === 'ring' ? color : outline, width: look.shape === 'ring' ? 2.5 : 1.5, lineJoin: 'round' })
  switch (look.shape) {
    case 'square':
      return new RegularShape({ points: 4, radius: radius * 1.22, angle: Math.PI / 4, fill, stroke })
    case 'diamond':
      return new RegularShape({ points: 4, radius: radius * 1.28, fill, stroke })
    case 'triangle':
      return new RegularShape({ points: 3, radius: radius * 1.36, fill, stroke, displacement: [0, -radius * 0.18] })
    case 'pin':
      return new Icon({ src: pinImage(color), anchor: [0.5, 0.96], scale: radius / 14 })
    default:
      return new Circle({ radius, fill, stroke })
  }
}

export interface LineLayer {
  layer: VectorLayer
  find(id: string): Feature<LineString> | undefined
  update(items: readonly LineItem[]): void
  setTheme(theme: MapTheme): void
}

/** Thick lines along sections of road, under the names. */
export function lineLayer(name: string, theme: MapTheme): LineLayer {
  const source = new VectorSource<Feature<LineString>>()
  const layer = new VectorLayer({ source: source as VectorSource, zIndex: 30, className: 'map-layer' })
  layer.set('gz', name)
  let colors = palette(theme)
  const cache = new Map<string, Style[]>()
  layer.setStyle((feature, resolution) => {
    const item = feature.get('item') as LineItem
    const zoom = zoomOf(resolution)
    const width = item.width * Math.min(2.2, Math.max(0.55, 2 ** ((zoom - 13.5) / 2.2)))
    const key = `${item.color}|${width.toFixed(1)}|${item.order}`
    let styles = cache.get(key)
    if (!styles) {
      styles = [
        new Style({ zIndex: item.order ?? 0, stroke: new Stroke({ color: colors.outline, width: width + 3, lineCap: 'round', lineJoin: 'round' }) }),
        new Style({ zIndex: (item.order ?? 0) + 0.5, stroke: new Stroke({ color: item.color, width, lineCap: 'round', lineJoin: 'round' }) }),
      ]
      cache.set(key, styles)
    }
    return styles
  })
  return {
    layer,
    find: (id) => source.getFeatureById(id) as Feature<LineString> | undefined,
    update(items) {
      source.clear(true)
      const features = items
        .filter((item) => item.line.length > 1)
        .map((item) => {
          const feature = new Feature(new LineString(item.line.map((at) => fromLonLat(at))))
          feature.setId(item.id)
          feature.set('item', item, true)
          return feature
        })
      source.addFeatures(features)
      source.changed()
    },
    setTheme(next) {
      colors = palette(next)
      cache.clear()
      layer.changed()
    },
  }
}

export interface SelectionLayer {
  layer: VectorLayer
  setPoint(layerName: string, at: number[] | null, radius: number): void
  setLine(layerName: string, geometry: LineString | null): void
  setPin(at: LonLat | null): void
  setTheme(theme: MapTheme): void
}

export function selectionLayer(theme: MapTheme): SelectionLayer {
  const source = new VectorSource()
  let colors = palette(theme)
  const layer = new VectorLayer({ source, zIndex: 90, className: markClass, updateWhileInteracting: true, updateWhileAnimating: true })
  layer.setStyle((feature) => {
    const role = feature.get('role') as string
    if (role === 'pin') return new Style({ zIndex: 5, image: new Icon({ src: pinImage(colors.pin), anchor: [0.5, 0.96] }) })
    if (role === 'line') {
      return [
        new Style({ stroke: new Stroke({ color: colors.outline, width: 13, lineCap: 'round' }) }),
        new Style({ stroke: new Stroke({ color: colors.selection, width: 10, lineCap: 'round' }) }),
        new Style({ stroke: new Stroke({ color: feature.get('color') as string, width: 6, lineCap: 'round' }) }),
      ]
    }
    const radius = feature.get('radius') as number
    return [
      new Style({ image: new Circle({ radius: radius + 6.5, stroke: new Stroke({ color: colors.outline, width: 5 }) }) }),
      new Style({ image: new Circle({ radius: radius + 6, stroke: new Stroke({ color: colors.selection, width: 2.5 }) }) }),
    ]
  })
  const replace = (id: string, feature: Feature | null) => {
    const old = source.getFeatureById(id)
    if (old) source.removeFeature(old as Feature)
    if (feature) {
      feature.setId(id)
      source.addFeature(feature)
    }
  }
  return {
    layer,
    setPoint(layerName, at, radius) {
      const feature = at ? new Feature({ geometry: new Point(at), role: 'point', radius }) : null
      replace(`point:${layerName}`, feature)
    },
    setLine(layerName, geometry) {
      const feature = geometry ? new Feature({ geometry: geometry.clone(), role: 'line', color: colors.pin }) : null
      replace(`line:${layerName}`, feature)
    },
    setPin(at) {
      replace('pin', at ? new Feature({ geometry: new Point(fromLonLat(at)), role: 'pin' }) : null)
    },
    setTheme(next) {
      colors = palette(next)
      layer.changed()
    },
  }
}

function pinImage(color: string): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="36" height="46" viewBox="0 0 36 46"><ellipse cx="18" cy="43" rx="7" ry="2.4" fill="rgba(0,0,0,.3)"/><path d="M18 43C18 43 32 27 32 16A14 14 0 1 0 4 16C4 27 18 43 18 43Z" fill="${color}" stroke="#fff" stroke-width="2"/><circle cx="18" cy="16" r="5.2" fill="#fff"/></svg>`
  return `data:image/svg+xml;utf8,${encodeURIComponent(svg)}`
}
