/** The map of the contract, drawn by OpenLayers on Canvas 2D (no WebGL: office machines may have none). */
import OlMap from 'ol/Map.js'
import View from 'ol/View.js'
import { defaults as defaultInteractions } from 'ol/interaction/defaults.js'
import ScaleLine from 'ol/control/ScaleLine.js'
import { fromLonLat, toLonLat, transformExtent } from 'ol/proj.js'
import { easeOut } from 'ol/easing.js'
import type Feature from 'ol/Feature.js'
import type MapBrowserEvent from 'ol/MapBrowserEvent.js'
import { groundLayer, tileSource } from './basemap'
import { cellLayer } from './cell-layer'
import { heatLayer } from './heat-layer'
import { lineLayer, pointLayer, selectionLayer, type LineLayer, type PointLayer } from './marks'
import { nameLayers } from './names'
import { palette } from './palette'
import { drawPicture } from './picture'
import { streetLayer } from './street-layer'
import type { Bounds, Hit, LonLat, MapEvents, MapHandle, MapOptions, PointItem, PointStyle } from './contract'
import './map.css'

const engines = new WeakMap<MapHandle, OlMap>()
/** Maps on the page and whether each stands whole. */
const readiness = new Map<OlMap, boolean>()

export function createMap(element: HTMLElement, options: MapOptions): MapHandle {
  let theme = options.theme
  let language = options.language ?? 'zh'
  element.classList.add('map')
  element.dataset.mapTheme = theme
  if (!options.still) {
    element.tabIndex = 0
    element.setAttribute('role', 'application')
  } else {
    element.setAttribute('role', 'img')
  }
  if (options.label) element.setAttribute('aria-label', options.label)

  const source = tileSource(options.tiles ?? '/tiles/{z}/{x}/{y}.mvt')
  const ground = groundLayer(source, theme)
  const heat = heatLayer(theme)
  const streets = streetLayer(theme)
  const cells = cellLayer()
  const names = nameLayers(source, theme, language)
  const selection = selectionLayer(theme)

  const linked = options.linkTo ? engines.get(options.linkTo) : undefined
  const view =
    linked?.getView() ??
    new View({
      center: fromLonLat(options.center ?? [120.58, 30.0]),
      zoom: options.zoom ?? 13,
      minZoom: 7,
      maxZoom: 19.5,
      enableRotation: false,
      constrainResolution: false,
      extent: options.limit ? padded(transformExtent(options.limit, 'EPSG:4326', 'EPSG:3857')) : undefined,
      constrainOnlyCenter: true,
      smoothExtentConstraint: false,
    })
  const map = new OlMap({
    target: element,
    layers: options.basemap === 'none' ? [heat.layer, cells.layer, streets.layer, selection.layer] : [ground.layer, heat.layer, cells.layer, streets.layer, ...names.layers, selection.layer],
    view,
    controls: options.still ? [] : [new ScaleLine({ minWidth: 70, className: 'map-scale' })],
    interactions: options.still ? [] : defaultInteractions({ altShiftDragRotate: false, pinchRotate: false, zoomDuration: 180 }),
    pixelRatio: Math.min(2, window.devicePixelRatio || 1),
  })
  const hasSize = () => element.clientWidth > 0 && element.clientHeight > 0
  readiness.set(map, false)
  // A map in a hidden tab has no size and never draws: it is no reason to wait.
  const report = (ready: boolean) => {
    readiness.set(map, ready)
    window.__mapReady = [...readiness].every(([one, whole]) => whole || !one.getTargetElement()?.offsetHeight)
  }
  report(false)
  map.on('loadstart', () => report(false))
  map.on('rendercomplete', () => report(true))

  let waitingFit: (() => void) | null = null
  const fit: MapHandle['fit'] = (bounds, fitOptions = {}) => {
    map.updateSize()
    // A map in a hidden tab has no size to fit into: it is fitted when it is first seen.
    if (!hasSize()) {
      waitingFit = () => fit(bounds, fitOptions)
      return
    }
    waitingFit = null
    const padding = fitOptions.paddingPx ?? 24
    const [width = 0, height = 0] = map.getSize() ?? []
    const room = Math.max(0, Math.min(padding, (Math.min(width, height) - 40) / 2))
    view.fit(transformExtent(bounds, 'EPSG:4326', 'EPSG:3857'), {
      padding: [room, room, room, room],
      maxZoom: fitOptions.maxZoom ?? 17,
      duration: fitOptions.animate && !prefersStillness() ? 260 : 0,
      easing: easeOut,
    })
  }
  if (options.bounds && !linked) fit(options.bounds, { paddingPx: 0 })

  const points = new Map<string, PointLayer>()
  const lines = new Map<string, LineLayer>()
  const selected = new Map<string, string>()
  const listeners = { click: new Set(), hover: new Set(), move: new Set() } as { [K in keyof MapEvents]: Set<(payload: MapEvents[K]) => void> }
  let picking: ((place: { lon: number; lat: number }) => void) | null = null

  const place = (coordinate: number[]): LonLat => toLonLat(coordinate) as LonLat
  const hitAt = (pixel: number[]): Hit | null => {
    let hit: Hit | null = null
    map.forEachFeatureAtPixel(
      pixel,
      (feature, layer) => {
        const name = layer?.get('gz') as string | undefined
        if (!name) return undefined
        const members = feature.get('features') as Feature[] | undefined
        const ids = members ? members.map((member) => String(member.getId())) : [String((feature as Feature).getId())]
        hit = { layer: name, id: ids[0]!, ids }
        return true
      },
      { hitTolerance: 5, layerFilter: (layer) => layer.get('gz') !== undefined },
    )
    return hit
  }

  map.on('singleclick', (event: MapBrowserEvent) => {
    const at = place(event.coordinate)
    if (picking) {
      view.animate({ center: event.coordinate, duration: prefersStillness() ? 0 : 180, easing: easeOut })
      return
    }
    const hit = hitAt(event.pixel)
    if (hit && hit.ids.length > 1 && (view.getZoom() ?? 0) < 17.5) {
      zoomToMembers(hit)
      return
    }
    listeners.click.forEach((handler) => handler({ hit, at }))
  })
  map.on('pointermove', (event: MapBrowserEvent) => {
    if (event.dragging) return
    const hit = picking ? null : hitAt(event.pixel)
    map.getTargetElement()?.classList.toggle('map-over', hit !== null)
    listeners.hover.forEach((handler) => handler({ hit, at: place(event.coordinate), x: event.pixel[0]!, y: event.pixel[1]! }))
  })
  map.on('moveend', () => {
    const payload = current()
    listeners.move.forEach((handler) => handler(payload))
    picking?.({ lon: payload.center[0], lat: payload.center[1] })
  })

  const zoomToMembers = (hit: Hit) => {
    const at = hit.ids.map((id) => points.get(hit.layer)?.find(id)?.getGeometry()?.getCoordinates()).filter((c): c is number[] => !!c)
    const xs = at.map((c) => c[0]!)
    const ys = at.map((c) => c[1]!)
    const extent = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
    const zoom = Math.min(18, (view.getZoom() ?? 13) + 2)
    if (extent[2]! - extent[0]! < 1 && extent[3]! - extent[1]! < 1) view.animate({ center: [extent[0]!, extent[1]!], zoom, duration: prefersStillness() ? 0 : 260 })
    else view.fit(extent, { padding: [70, 70, 70, 70], maxZoom: zoom + 1, duration: prefersStillness() ? 0 : 260 })
  }

  const pin = document.createElement('div')
  pin.className = 'map-pin'
  pin.setAttribute('aria-hidden', 'true')
  pin.innerHTML = '<svg viewBox="0 0 36 46" width="36" height="46"><ellipse cx="18" cy="43" rx="7" ry="2.4" fill="rgba(0,0,0,.3)"/><path d="M18 43C18 43 32 27 32 16A14 14 0 1 0 4 16C4 27 18 43 18 43Z" fill="currentColor" stroke="#fff" stroke-width="2"/><circle cx="18" cy="16" r="5.2" fill="#fff"/></svg>'

  const zoomBy = (steps: number) => view.animate({ zoom: (view.getZoom() ?? 13) + steps, duration: prefersStillness() ? 0 : 180 })
  const onZoomKey = (event: Event) => zoomBy((event as CustomEvent<number>).detail)
  element.addEventListener('map-zoom', onZoomKey)

  const observer = new ResizeObserver(() => {
    map.updateSize()
    if (hasSize()) waitingFit?.()
  })
  observer.observe(element)

  const current = () => {
    const center = place(view.getCenter() ?? [0, 0])
    const size = map.getSize()
    const extent = size && size[0]! > 0 ? view.calculateExtent(size) : [...(view.getCenter() ?? [0, 0]), ...(view.getCenter() ?? [0, 0])]
    return { center, zoom: view.getZoom() ?? 0, bounds: transformExtent(extent, 'EPSG:3857', 'EPSG:4326') as Bounds }
  }

  const markSelected = (name: string) => {
    const id = selected.get(name)
    const layer = points.get(name)
    const point = id === undefined ? undefined : layer?.find(id)
    const look = id === undefined ? null : layer?.styleOf(id, view.getZoom() ?? 13)
    selection.setPoint(name, point?.getGeometry()?.getCoordinates() ?? null, look?.radius ?? 6)
    selection.setLine(name, (id === undefined ? undefined : lines.get(name)?.find(id)?.getGeometry()) ?? null)
  }

  const handle: MapHandle = {
    setPoints(name, items, style, layerOptions = {}) {
      let layer = points.get(name)
      if (!layer) {
        layer = pointLayer(name, points.size, theme)
        points.set(name, layer)
        map.addLayer(layer.layer)
      }
      layer.update(items, style as (item: PointItem, zoom: number) => PointStyle, layerOptions)
      if (selected.has(name)) markSelected(name)
    },
    setLines(name, items) {
      let layer = lines.get(name)
      if (!layer) {
        layer = lineLayer(name, theme)
        lines.set(name, layer)
        map.addLayer(layer.layer)
      }
      layer.update(items)
      if (selected.has(name)) markSelected(name)
    },
    setHeat: (grid) => heat.set(grid),
    setStreets: (next) => streets.set(next),
    setCells: (next) => cells.set(next),
    setSelected(name, id) {
      if (id === null) selected.delete(name)
      else selected.set(name, id)
      markSelected(name)
    },
    select: (name, id) => handle.setSelected(name, id),
    setCenter(center, zoom) {
      view.setCenter(fromLonLat(center))
      if (zoom !== undefined) view.setZoom(zoom)
    },
    setPin: (at) => selection.setPin(at),
    fit,
    goTo(center, zoom) {
      view.animate({ center: fromLonLat(center), zoom: zoom ?? view.getZoom(), duration: prefersStillness() ? 0 : 260, easing: easeOut })
    },
    view: current,
    on(event, handler) {
      ;(listeners[event] as Set<typeof handler>).add(handler)
      return () => (listeners[event] as Set<typeof handler>).delete(handler)
    },
    pickMode(tell) {
      picking = tell
      element.classList.add('map-picking')
      element.append(pin)
      return () => {
        if (picking !== tell) return
        picking = null
        element.classList.remove('map-picking')
        pin.remove()
      }
    },
    toPng(note) {
      return new Promise((resolve, reject) => {
        map.once('rendercomplete', () => {
          drawPicture(element, palette(theme).background, note, Math.min(2, window.devicePixelRatio || 1)).then(resolve, reject)
        })
        map.render()
      })
    },
    setTheme(next) {
      if (next === theme) return
      theme = next
      element.dataset.mapTheme = next
      ground.setTheme(next)
      names.restyle(next, language)
      heat.setTheme(next)
      streets.setTheme(next)
      selection.setTheme(next)
      points.forEach((layer) => layer.setTheme(next))
      lines.forEach((layer) => layer.setTheme(next))
    },
    setLanguage(next) {
      if (next === language) return
      language = next
      names.restyle(theme, next)
    },
    resize: () => map.updateSize(),
    destroy() {
      observer.disconnect()
          element.removeEventListener('map-zoom', onZoomKey)
      readiness.delete(map)
      engines.delete(handle)
      map.setTarget(undefined)
      map.dispose()
    },
  }
  engines.set(handle, map)
  return handle
}

function padded([west, south, east, north]: number[]): number[] {
  const dx = (east! - west!) / 2
  const dy = (north! - south!) / 2
  return [west! - dx, south! - dy, east! + dx, north! + dy]
}

function prefersStillness(): boolean {
  return window.matchMedia?.('(prefers-reduced-motion: reduce)').matches ?? false
}
