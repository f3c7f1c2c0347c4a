// Small pictures for the documents: a PNG of few colours, made from a browser's large one.
import { deflateSync, crc32 } from 'node:zlib'

/** Every pixel of a PNG; the browser decodes, and scales. */
async function pixels(page, png, scale) {
  return page.evaluate(async ([data, scale]) => {
    const picture = new Image()
    picture.src = `data:image/png;base64,${data}`
    await picture.decode()
    const canvas = Object.assign(document.createElement('canvas'), { width: Math.round(picture.naturalWidth * scale), height: Math.round(picture.naturalHeight * scale) })
    const context = canvas.getContext('2d')
    context.imageSmoothingQuality = 'high'
    context.drawImage(picture, 0, 0, canvas.width, canvas.height)
    const { data: raw } = context.getImageData(0, 0, canvas.width, canvas.height)
    let text = ''
    for (let n = 0; n < raw.length; n += 4) text += String.fromCharCode(raw[n], raw[n + 1], raw[n + 2])
    return { width: canvas.width, height: canvas.height, rgb: btoa(text) }
  }, [png.toString('base64'), scale])
}
/** Median cut: boxes of colours, the fullest and widest split first. */
function palette(rgb, colors) {
  const bins = new Map()
  for (let n = 0; n < rgb.length; n += 3) {
    const key = ((rgb[n] >> 2) << 12) | ((rgb[n + 1] >> 2) << 6) | (rgb[n + 2] >> 2)
    const bin = bins.get(key) ?? [0, 0, 0, 0, key]
    bin[0] += rgb[n]; bin[1] += rgb[n + 1]; bin[2] += rgb[n + 2]; bin[3]++
    bins.set(key, bin)
  }
  const middle = (bin, c) => bin[c] / bin[3]
  const measure = (list) => {
    let best = [0, 0]
    for (const c of [0, 1, 2]) { const all = list.map((b) => middle(b, c)); const width = all.reduce((a, b) => Math.max(a, b), 0) - all.reduce((a, b) => Math.min(a, b), 255); if (width > best[0]) best = [width, c] }
    return { list, width: best[0], channel: best[1], weight: best[0] * Math.cbrt(list.reduce((n, b) => n + b[3], 0)) }
  }
  let boxes = [measure([...bins.values()])]
  while (boxes.length < colors) {
    boxes.sort((a, b) => b.weight - a.weight)
    const { list, channel, width } = boxes[0]
    if (list.length < 2 || width === 0) break
    list.sort((a, b) => middle(a, channel) - middle(b, channel))
    const cut = list.findIndex((b) => middle(b, channel) > (middle(list[0], channel) + middle(list.at(-1), channel)) / 2)
    boxes.splice(0, 1, measure(list.slice(0, cut)), measure(list.slice(cut)))
  }
  const table = [], index = new Map()
  boxes.forEach(({ list }, n) => {
    const all = list.reduce((n, b) => n + b[3], 0)
    table.push(...[0, 1, 2].map((c) => Math.round(list.reduce((n, b) => n + b[c], 0) / all)))
    for (const bin of list) index.set(bin[4], n)
  })
  return { table, index }
}
const chunk = (name, body) => {
  const head = Buffer.alloc(4); head.writeUInt32BE(body.length)
  const named = Buffer.concat([Buffer.from(name), body])
  const check = Buffer.alloc(4); check.writeUInt32BE(crc32(named) >>> 0)
  return Buffer.concat([head, named, check])
}
/** The same picture in at most `most` bytes: fewer colours, then fewer pixels, until it fits. */
export async function small(page, png, most = 150_000) {
  const tries = [[1, 192], [1, 128], [1, 96], [0.8, 128], [0.8, 96], [0.75, 72], [0.7, 64], [0.6, 64]]
  for (const [scale, colors] of tries) {
    const { width, height, rgb } = await pixels(page, png, scale)
    const raw = Buffer.from(rgb, 'base64')
    const { table, index } = palette(raw, colors)
    const rows = Buffer.alloc((width + 1) * height)
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
      const p = (y * width + x) * 3
      rows[y * (width + 1) + 1 + x] = index.get(((raw[p] >> 2) << 12) | ((raw[p + 1] >> 2) << 6) | (raw[p + 2] >> 2))
    }
    const header = Buffer.alloc(13)
    header.writeUInt32BE(width); header.writeUInt32BE(height, 4); header.set([8, 3, 0, 0, 0], 8)
    const out = Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', header), chunk('PLTE', Buffer.from(table)), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))])
    if (out.length <= most || scale === 0.6) return { png: out, colors, width }
  }
}
