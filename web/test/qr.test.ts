import { describe, expect, it } from 'vitest'
import { qr, svgPath } from '../src/portal/qr'
import { exifOf } from '../src/photos'

describe('QR', () => {
  it('grows with the text and refuses what does not fit', () => {
    expect(qr('a').length).toBe(21)
    expect(qr('https://example.cn/#/t/q7Yx2mKd9s').length).toBe(29)
    expect(qr('x'.repeat(213)).length).toBe(57)
    expect(() => qr('x'.repeat(214))).toThrow(RangeError)
  })
  it('carries finders, timing and a format word that checks', () => {
    const cells = qr('https://example.cn/#/t/q7Yx2mKd9s'), size = cells.length
    for (const [r, c] of [[0, 0], [0, size - 7], [size - 7, 0]]) expect(cells.slice(r, r + 7).map(row => row.slice(c, c + 7).map(Number).join(''))).toEqual(['1111111', '1000001', '1011101', '1011101', '1011101', '1000001', '1111111'])
    for (let i = 8; i < size - 8; i++) expect(cells[6][i]).toBe(i % 2 === 0)
    const at = [[0, 8], [1, 8], [2, 8], [3, 8], [4, 8], [5, 8], [7, 8], [8, 8], [8, 7], [8, 5], [8, 4], [8, 3], [8, 2], [8, 1], [8, 0]]
    const word = at.reduce((sum, [r, c], bit) => sum | (Number(cells[r][c]) << bit), 0) ^ 0x5412
    expect(word >> 13).toBe(0)
    let rest = word
    for (let i = 14; i >= 10; i--) if (rest >> i & 1) rest ^= 0x537 << (i - 10)
    expect(rest).toBe(0)
    expect(svgPath(cells).split('M').length - 1).toBe(cells.flat().filter(Boolean).length)
  })
})
describe('Exif', () => {
  it('is carried over with its orientation set upright', () => {
    const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]
    const body = [0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff]
    const jpeg = new Uint8Array([0xff, 0xd8, 0xff, 0xe1, 0, body.length + 2, ...body, 0xff, 0xda, 0, 2])
    const found = exifOf(jpeg)!
    expect(found.length).toBe(body.length + 4)
    expect([found[10 + 18], found[10 + 19]]).toEqual([0, 1])
    expect(jpeg[2 + 10 + 19]).toBe(6)
    expect(exifOf(new Uint8Array([0x89, 0x50]))).toBeNull()
  })
})
