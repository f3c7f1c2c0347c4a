/** QR codes (ISO/IEC 18004), byte mode, error correction M, versions 1–10 (up to 213 bytes): enough for a link. */
type Cell = boolean
// Per version at level M: error-correction codewords per block, blocks of the first and second group, data codewords of the first group's blocks.
const PLAN: [ec: number, one: number, two: number, data: number][] = [
  [10, 1, 0, 16], [16, 1, 0, 28], [26, 1, 0, 44], [18, 2, 0, 32], [24, 2, 0, 43],
  [16, 4, 0, 27], [18, 4, 0, 31], [22, 2, 2, 38], [22, 3, 2, 36], [26, 4, 1, 43],
]
const ALIGN = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]]

const EXP = new Uint8Array(512), LOG = new Uint8Array(256)
for (let i = 0, x = 1; i < 255; i++) { EXP[i] = EXP[i + 255] = x; LOG[x] = i; x = (x << 1) ^ (x & 128 ? 0x11d : 0) }
const times = (a: number, b: number) => a && b ? EXP[LOG[a] + LOG[b]] : 0

function correction(data: number[], count: number): number[] {
  let generator = [1]
  for (let i = 0; i < count; i++) {
    const next = new Array<number>(generator.length + 1).fill(0)
    generator.forEach((c, at) => { next[at] ^= c; next[at + 1] ^= times(c, EXP[i]) })
    generator = next
  }
  const rest = [...data, ...new Array<number>(count).fill(0)]
  for (let i = 0; i < data.length; i++) { const lead = rest[i]; if (lead) generator.forEach((c, at) => { rest[i + at] ^= times(c, lead) }) }
  return rest.slice(data.length)
}
function codewords(bytes: Uint8Array, version: number): number[] {
  const [ec, one, two, size] = PLAN[version - 1]
  const total = one * size + two * (size + 1)
  const bits: number[] = []
  const put = (value: number, width: number) => { for (let i = width - 1; i >= 0; i--) bits.push((value >> i) & 1) }
  put(4, 4)
  put(bytes.length, version < 10 ? 8 : 16)
  bytes.forEach(byte => put(byte, 8))
  put(0, Math.min(4, total * 8 - bits.length))
  while (bits.length % 8) bits.push(0)
  const data: number[] = []
  for (let i = 0; i < bits.length; i += 8) data.push(bits.slice(i, i + 8).reduce((sum, bit) => sum * 2 + bit, 0))
  for (let pad = 0xec; data.length < total; pad ^= 0xec ^ 0x11) data.push(pad)
  const blocks: number[][] = []
  for (let b = 0, at = 0; b < one + two; b++) { const length = size + (b >= one ? 1 : 0); blocks.push(data.slice(at, at += length)) }
  const checks = blocks.map(block => correction(block, ec))
  const out: number[] = []
  for (let i = 0; i <= size; i++) for (const block of blocks) if (i < block.length) out.push(block[i])
  for (let i = 0; i < ec; i++) for (const check of checks) out.push(check[i])
  return out
}
const MASKS: ((r: number, c: number) => boolean)[] = [
  (r, c) => (r + c) % 2 === 0, r => r % 2 === 0, (_, c) => c % 3 === 0, (r, c) => (r + c) % 3 === 0,
  (r, c) => (Math.floor(r / 2) + Math.floor(c / 3)) % 2 === 0, (r, c) => (r * c) % 2 + (r * c) % 3 === 0,
  (r, c) => ((r * c) % 2 + (r * c) % 3) % 2 === 0, (r, c) => ((r + c) % 2 + (r * c) % 3) % 2 === 0,
]
/** The modules of the code for a text, row by row, true is dark. Throws when the text is too long. */
export function qr(text: string): Cell[][] {
  const bytes = new TextEncoder().encode(text)
  const version = PLAN.findIndex(([, one, two, size], i) => bytes.length + (i < 9 ? 2 : 3) <= one * size + two * (size + 1)) + 1
  if (!version) throw new RangeError('text too long for this QR code')
  const size = 17 + 4 * version
  const cells: (Cell | null)[][] = Array.from({ length: size }, () => new Array<Cell | null>(size).fill(null))
  const set = (r: number, c: number, dark: boolean) => { if (r >= 0 && c >= 0 && r < size && c < size) cells[r][c] = dark }
  for (const [top, left] of [[0, 0], [0, size - 7], [size - 7, 0]])
    for (let r = -1; r <= 7; r++) for (let c = -1; c <= 7; c++) { const ring = Math.max(Math.abs(r - 3), Math.abs(c - 3)); set(top + r, left + c, ring !== 2 && ring !== 4) }
  const centres = ALIGN[version - 1]
  for (const row of centres) for (const column of centres) {
    if (cells[row][column] !== null) continue
    for (let r = -2; r <= 2; r++) for (let c = -2; c <= 2; c++) set(row + r, column + c, Math.max(Math.abs(r), Math.abs(c)) !== 1)
  }
  for (let i = 8; i < size - 8; i++) { cells[6][i] ??= i % 2 === 0; cells[i][6] ??= i % 2 === 0 }
  const format = (mask: number, grid: (Cell | null)[][]) => {
    let rest = mask << 10 // level M is 00
    for (let i = 14; i >= 10; i--) if (rest >> i & 1) rest ^= 0x537 << (i - 10)
    const bits = ((mask << 10) | rest) ^ 0x5412
    for (let i = 0; i < 15; i++) {
      const dark = (bits >> i & 1) === 1
      grid[i < 6 ? i : i < 8 ? i + 1 : size - 15 + i][8] = dark
      grid[8][i < 8 ? size - 1 - i : i < 9 ? 15 - i : 14 - i] = dark
    }
    grid[size - 8][8] = true
  }
  format(0, cells)
  if (version >= 7) {
    let rest = version << 12
    for (let i = 17; i >= 12; i--) if (rest >> i & 1) rest ^= 0x1f25 << (i - 12)
    const bits = (version << 12) | rest
    for (let i = 0; i < 18; i++) { const dark = (bits >> i & 1) === 1, far = size - 11 + i % 3, near = Math.floor(i / 3); cells[far][near] = cells[near][far] = dark }
  }
  const free = cells.map(row => row.map(cell => cell === null))
  const stream = codewords(bytes, version)
  let bit = 0
  for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right--
    for (let i = 0; i < size; i++) for (const c of [right, right - 1]) {
      const r = up ? size - 1 - i : i
      if (!free[r][c]) continue
      cells[r][c] = ((stream[bit >> 3] ?? 0) >> (7 - (bit & 7)) & 1) === 1
      bit++
    }
  }
  let best: Cell[][] | null = null, least = Infinity
  MASKS.forEach((mask, n) => {
    const grid = cells.map((row, r) => row.map((cell, c) => free[r][c] ? cell !== mask(r, c) : cell as Cell))
    format(n, grid)
    const cost = penalty(grid)
    if (cost < least) { least = cost; best = grid }
  })
  return best!
}
function penalty(grid: Cell[][]): number {
  const size = grid.length
  let cost = 0, dark = 0
  for (let turn = 0; turn < 2; turn++) for (let a = 0; a < size; a++) {
    const line = Array.from({ length: size }, (_, b) => turn ? grid[b][a] : grid[a][b])
    for (let b = 0, run = 1; b < size; b++, run++) if (b === size - 1 || line[b] !== line[b + 1]) { if (run >= 5) cost += run - 2; run = 0 }
    const text = line.map(cell => cell ? 1 : 0).join('')
    for (const pattern of ['10111010000', '00001011101']) for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + 1)) cost += 40
  }
  for (let r = 0; r < size; r++) for (let c = 0; c < size; c++) {
    if (grid[r][c]) dark++
    if (r && c && grid[r][c] === grid[r - 1][c] && grid[r][c] === grid[r][c - 1] && grid[r][c] === grid[r - 1][c - 1]) cost += 3
  }
  return cost + Math.floor(Math.abs(dark * 20 / (size * size) - 10)) * 10
}
/** One SVG path of unit squares. */
export function svgPath(cells: Cell[][]): string {
  return cells.map((row, r) => row.map((dark, c) => dark ? `M${c} ${r}h1v1h-1z` : '').join('')).join('')
}
