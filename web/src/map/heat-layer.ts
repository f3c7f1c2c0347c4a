/** The heat surface as an image between the roads and their names. */
import ImageLayer from 'ol/layer/Image.js'
import ImageCanvasSource from 'ol/source/ImageCanvas.js'
import { transformExtent } from 'ol/proj.js'
import type { HeatGrid, MapTheme } from './contract'
import { paintHeat } from './heat'
import { heatRamp } from './ramp'

export function heatLayer(theme: MapTheme) {
  let grid: HeatGrid | null = null
  let currentTheme = theme
  let painted: HTMLCanvasElement | null = null
  let paintedExtent: number[] = [0, 0, 0, 0]

  const repaint = () => {
    painted = null
    if (!grid) return
    const picture = paintHeat(grid, heatRamp(grid.kind, currentTheme))
    const canvas = document.createElement('canvas')
    canvas.width = picture.width
    canvas.height = picture.height
    canvas.getContext('2d')?.putImageData(new ImageData(picture.data, picture.width, picture.height), 0, 0)
    painted = canvas
    paintedExtent = transformExtent(grid.bbox, 'EPSG:4326', 'EPSG:3857')
  }

  const source = new ImageCanvasSource({
    projection: 'EPSG:3857',
    ratio: 1.4,
    canvasFunction(extent, resolution, pixelRatio, size) {
      const canvas = document.createElement('canvas')
      canvas.width = Math.max(1, Math.round(size[0]!))
      canvas.height = Math.max(1, Math.round(size[1]!))
      const context = canvas.getContext('2d')
      if (context && painted) {
        const scale = pixelRatio / resolution
        context.imageSmoothingEnabled = true
        context.imageSmoothingQuality = 'high'
        context.drawImage(
          painted,
          (paintedExtent[0]! - extent[0]!) * scale,
          (extent[3]! - paintedExtent[3]!) * scale,
          (paintedExtent[2]! - paintedExtent[0]!) * scale,
          (paintedExtent[3]! - paintedExtent[1]!) * scale,
        )
      }
      return canvas
    },
  })
  const layer = new ImageLayer({ source, className: 'map-layer', zIndex: 20 })
  layer.setVisible(false)

  return {
    layer,
    set(next: HeatGrid | null) {
      grid = next
      repaint()
      layer.setVisible(grid !== null)
      source.changed()
    },
    setTheme(next: MapTheme) {
      if (next === currentTheme) return
      currentTheme = next
      repaint()
      source.changed()
    },
  }
}
