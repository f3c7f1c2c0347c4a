/** A layer painted by hand between the roads and their names: fast enough for tens of thousands of lines. */
import ImageLayer from 'ol/layer/Image.js'
import ImageCanvasSource from 'ol/source/ImageCanvas.js'

export interface Frame {
  context: CanvasRenderingContext2D
  /** Left, bottom, right, top of the canvas in Web Mercator metres. */
  extent: number[]
  /** Canvas pixels for a Web Mercator metre. */
  scale: number
  /** Canvas pixels for a CSS pixel. */
  pixelRatio: number
  /** Web Mercator metres for a CSS pixel. */
  resolution: number
}

/** The picture is painted anew when the view comes to rest and scaled while it moves. */
export function canvasLayer(zIndex: number, paint: (frame: Frame) => void) {
  const source = new ImageCanvasSource({
    projection: 'EPSG:3857',
    ratio: 1.25,
    canvasFunction(extent, resolution, pixelRatio, size) {
      const canvas = document.createElement('canvas')
      canvas.width = Math.max(1, Math.round(size[0]!))
      canvas.height = Math.max(1, Math.round(size[1]!))
      const context = canvas.getContext('2d')
      if (context) paint({ context, extent, scale: pixelRatio / resolution, pixelRatio, resolution })
      return canvas
    },
  })
  const layer = new ImageLayer({ source, className: 'map-layer', zIndex })
  layer.setVisible(false)
  return {
    layer,
    show(isShown: boolean) {
      layer.setVisible(isShown)
      source.changed()
    },
  }
}
