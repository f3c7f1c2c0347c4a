/** The map as a PNG with the words that keep it honest drawn in. */
import type { PictureNote } from './contract'
import { mapFont } from './palette'

const noteFont = `400 12.5px ${mapFont}`

export function drawPicture(viewport: HTMLElement, background: string, note: PictureNote | undefined, pixelRatio: number): Promise<Blob> {
  const width = viewport.clientWidth
  const height = viewport.clientHeight
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')
  if (!context) return Promise.reject(new Error('canvas 2d context is not available'))
  context.font = noteFont
  const lines = note ? [note.title, ...note.lines.flatMap((line) => wrapped(line, width - 28, (text) => context.measureText(text).width))] : []
  const footer = note ? 18 + lines.length * 20 : 0
  canvas.width = Math.round(width * pixelRatio)
  canvas.height = Math.round((height + footer) * pixelRatio)
  context.fillStyle = background
  context.fillRect(0, 0, canvas.width, canvas.height)
  for (const layer of viewport.querySelectorAll<HTMLCanvasElement>('.map-layer canvas, canvas.map-layer')) {
    if (layer.width === 0) continue
    const opacity = layer.parentElement?.style.opacity || layer.style.opacity
    context.globalAlpha = opacity ? Number(opacity) : 1
    const match = /^matrix\(([^)]*)\)$/.exec(layer.style.transform)
    const matrix = match ? match[1]!.split(',').map(Number) : [width / layer.width, 0, 0, height / layer.height, 0, 0]
    context.setTransform(matrix[0]! * pixelRatio, matrix[1]! * pixelRatio, matrix[2]! * pixelRatio, matrix[3]! * pixelRatio, matrix[4]! * pixelRatio, matrix[5]! * pixelRatio)
    context.drawImage(layer, 0, 0)
  }
  context.globalAlpha = 1
  context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0)
  if (note?.watermark) drawWatermark(context, note.watermark, width, height)
  if (note) {
    context.fillStyle = '#ffffff'
    context.fillRect(0, height, width, footer)
    context.textBaseline = 'middle'
    lines.forEach((line, index) => {
      context.fillStyle = index === 0 ? '#16212d' : '#47566a'
      context.font = index === 0 ? `600 15px ${mapFont}` : noteFont
      context.fillText(line, 14, height + 19 + index * 20, width - 28)
    })
  }
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('picture could not be encoded'))), 'image/png'))
}

function drawWatermark(context: CanvasRenderingContext2D, text: string, width: number, height: number): void {
  context.save()
  context.globalAlpha = 0.16
  context.fillStyle = '#7a4a00'
  context.font = `600 34px ${mapFont}`
  context.translate(width / 2, height / 2)
  context.rotate(-Math.PI / 9)
  const step = context.measureText(text).width + 120
  for (let y = -height; y <= height; y += 170) {
    for (let x = -width; x <= width; x += step) context.fillText(text, x + (Math.round(y / 170) % 2) * (step / 2), y)
  }
  context.restore()
}

/** Breaks a line where it would be wider than the picture; between Latin words where there are any. */
export function wrapped(line: string, width: number, measure: (text: string) => number): string[] {
  const pieces = line.match(/[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*|\s+/gu) ?? []
  const rows: string[] = []
  let row = ''
  for (const piece of pieces) {
    if (row && measure(row + piece.trimEnd()) > width) {
      rows.push(row.trimEnd())
      row = ''
    }
    row += piece
  }
  return row.trim() ? [...rows, row.trimEnd()] : rows
}
