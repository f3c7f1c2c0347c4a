/** Cells (hexagons) with fill, outline and hatching: what is certain is told by the outline and the hatching, not by colour alone. */
import { mercatorY } from './heat'
import { canvasLayer, type Frame } from './canvas-layer'
import type { CellGrid, CellMark, LonLat } from './contract'

const earth = 6378137
type Corners = [x: number, y: number][]

export function cellLayer() {
  let grid: CellGrid | null = null
  const painted = canvasLayer(21, (frame) => {
    if (!grid) return
    const { context, pixelRatio } = frame
    const seen = visible(grid, frame)
    for (const { cell, corners } of seen) {
      trace(context, corners)
      context.fillStyle = cell.fill
      context.fill()
      if (cell.hatch) hatch(context, corners, cell, pixelRatio)
    }
    // Outlines last, the strong ones above the pale.
    for (const { cell, corners } of seen.sort((a, b) => a.cell.edgeWidth - b.cell.edgeWidth)) {
      if (!cell.edgeWidth) continue
      trace(context, corners)
      context.strokeStyle = cell.edge
      context.lineWidth = cell.edgeWidth * pixelRatio
      context.setLineDash(cell.dashed ? [5 * pixelRatio, 3 * pixelRatio] : [])
      context.stroke()
    }
    context.setLineDash([])
  })
  return {
    layer: painted.layer,
    set(next: CellGrid | null) {
      grid = next
      painted.show(next !== null)
    },
  }
}

function visible(grid: CellGrid, { extent, scale, context }: Frame): { cell: CellMark; corners: Corners }[] {
  const [left, , , top] = extent as [number, number, number, number]
  const place = ([lon, lat]: LonLat): [number, number] => [(((lon * Math.PI) / 180) * earth - left) * scale, (top - mercatorY(lat) * earth) * scale]
  const seen: { cell: CellMark; corners: Corners }[] = []
  for (const cell of grid.cells) {
    const corners = grid.outline.map(([dx, dy]) => place([cell.lon + dx, cell.lat + dy]))
    const isSeen = corners.some(([x, y]) => x >= 0 && y >= 0 && x <= context.canvas.width && y <= context.canvas.height)
    if (isSeen || covers(corners, context.canvas)) seen.push({ cell, corners })
  }
  return seen
}
/** A cell larger than the window has no corner in it. */
function covers(corners: Corners, { width, height }: { width: number; height: number }): boolean {
  const xs = corners.map(([x]) => x)
  const ys = corners.map(([, y]) => y)
  return Math.min(...xs) < width && Math.max(...xs) > 0 && Math.min(...ys) < height && Math.max(...ys) > 0
}
function trace(context: CanvasRenderingContext2D, corners: Corners): void {
  context.beginPath()
  corners.forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)))
  context.closePath()
}
function hatch(context: CanvasRenderingContext2D, corners: Corners, cell: CellMark, pixelRatio: number): void {
  const xs = corners.map(([x]) => x)
  const ys = corners.map(([, y]) => y)
  const [west, east, north, south] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
  const height = south - north
  // A cell of a few pixels has no room for lines.
  if (height < 12 * pixelRatio) return
  context.save()
  context.clip()
  context.strokeStyle = cell.edge
  context.globalAlpha = 0.6
  context.lineWidth = 1.2 * pixelRatio
  context.beginPath()
  for (let x = west - height; x < east + height; x += 6 * pixelRatio) {
    context.moveTo(x, cell.hatch === 'rising' ? south : north)
    context.lineTo(x + height, cell.hatch === 'rising' ? north : south)
  }
  context.stroke()
  context.restore()
}
