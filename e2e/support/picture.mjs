// Photos made in code: a small baseline JPEG of even blocks, with the time and place a telephone would write into it.

/** Bits of `value` as JPEG counts them: the size class, then the value in that many bits. */
function coefficient(value) {
  const size = value === 0 ? 0 : Math.floor(Math.log2(Math.abs(value))) + 1
  return [size, value < 0 ? value + (1 << size) - 1 : value]
}
function segment(marker, bytes) {
  return [0xff, marker, ((bytes.length + 2) >> 8) & 255, (bytes.length + 2) & 255, ...bytes]
}
/** An Exif block with Orientation, DateTimeOriginal and GPS (big endian, as TIFF 6.0 and Exif 2.3 lay it out). */
function exif({ at, lon, lat }) {
  const tiff = new DataView(new ArrayBuffer(512))
  tiff.setUint16(0, 0x4d4d); tiff.setUint16(2, 42); tiff.setUint32(4, 8)
  let data = 200
  const entry = (start, n, tag, type, count, put) => {
    const p = start + 2 + n * 12
    tiff.setUint16(p, tag); tiff.setUint16(p + 2, type); tiff.setUint32(p + 4, count)
    put(p + 8)
  }
  const apart = (bytes) => (p) => { tiff.setUint32(p, data); for (const b of bytes) tiff.setUint8(data++, b); data += data & 1 }
  const text = (s) => [...Buffer.from(`${s}\0`)]
  const degrees = (v) => {
    const minutes = (v % 1) * 60
    const parts = [[Math.floor(v), 1], [Math.floor(minutes), 1], [Math.round((minutes % 1) * 60 * 10_000), 10_000]]
    return parts.flatMap(([a, b]) => [a, b].flatMap((n) => [n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255]))
  }
  const [exifAt, gpsAt] = [60, 90]
  tiff.setUint16(8, 3)
  entry(8, 0, 0x0112, 3, 1, (p) => tiff.setUint16(p, 1))
  entry(8, 1, 0x8769, 4, 1, (p) => tiff.setUint32(p, exifAt))
  entry(8, 2, 0x8825, 4, 1, (p) => tiff.setUint32(p, gpsAt))
  tiff.setUint16(exifAt, 1)
  entry(exifAt, 0, 0x9003, 2, 20, apart(text(at)))
  tiff.setUint16(gpsAt, 4)
  entry(gpsAt, 0, 1, 2, 2, (p) => tiff.setUint8(p, lat < 0 ? 83 : 78))
  entry(gpsAt, 1, 2, 5, 3, apart(degrees(Math.abs(lat))))
  entry(gpsAt, 2, 3, 2, 2, (p) => tiff.setUint8(p, lon < 0 ? 87 : 69))
  entry(gpsAt, 3, 4, 5, 3, apart(degrees(Math.abs(lon))))
  return segment(0xe1, [...Buffer.from('Exif\0\0'), ...new Uint8Array(tiff.buffer)])
}

/** A JPEG of `columns` × `rows` blocks of 8 pixels; `color(column, row)` gives [luma, blue, red] of each, 0 to 255. */
export function jpeg({ columns = 48, rows = 36, color = road, camera } = {}) {
  const scale = 8
  const out = [0xff, 0xd8, ...(camera ? exif(camera) : [])]
  out.push(...segment(0xdb, [0, ...new Array(64).fill(scale)]))
  const [w, h] = [columns * 8, rows * 8]
  out.push(...segment(0xc0, [8, h >> 8, h & 255, w >> 8, w & 255, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]))
  out.push(...segment(0xc4, [0x00, 0, 0, 0, 12, ...new Array(12).fill(0), ...Array.from({ length: 12 }, (_, n) => n)]))
  out.push(...segment(0xc4, [0x10, 1, ...new Array(15).fill(0), 0]))
  out.push(...segment(0xda, [3, 1, 0, 2, 0, 3, 0, 0, 63, 0]))
  let bits = 0, held = 0
  const put = (value, length) => {
    for (let n = length - 1; n >= 0; n--) {
      bits = (bits << 1) | ((value >> n) & 1)
      if (++held === 8) { out.push(bits); if (bits === 0xff) out.push(0); bits = 0; held = 0 }
    }
  }
  const before = [0, 0, 0]
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) {
    color(column, row, columns, rows).forEach((value, channel) => {
      const level = Math.round(value) - 128
      const [size, code] = coefficient(level - before[channel])
      before[channel] = level
      put(size, 4); put(code, size); put(0, 1)
    })
  }
  while (held) put(1, 1)
  return Buffer.from([...out, 0xff, 0xd9])
}
/** A street with a hole in it. */
export function road(column, row, columns, rows) {
  const [x, y] = [(column - columns / 2) / columns, row / rows]
  if (y < 0.3) return [190 + 20 * y, 140, 120]
  if (Math.abs(x) > 0.1 + y * 0.45) return [120 + ((column * 7 + row * 13) % 9), 112, 118]
  if (((column - columns * 0.55) / 6) ** 2 + ((row - rows * 0.7) / 3.2) ** 2 < 1) return [38 + ((column * 5 + row * 3) % 7), 128, 130]
  if (Math.abs(x + 0.02) < 0.012 && row % 6 < 4) return [225, 128, 128]
  return [92 + ((column * 11 + row * 5) % 8), 128, 128]
}
/** The same street, mended. */
export function mended(column, row, columns, rows) {
  if (((column - columns * 0.55) / 6) ** 2 + ((row - rows * 0.7) / 3.2) ** 2 < 1) return [64, 128, 128]
  return road(column, row, columns, rows)
}
