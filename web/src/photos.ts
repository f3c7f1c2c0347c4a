import { uploadPhoto, type Photo } from './api'
import { newKey } from './load'

/** One picture (or film, or document) on its way: shrunk on this device, then sent. `blob` stays until the server has it. */
export interface PhotoDraft { key: string; blob: Blob; state: 'preparing' | 'sending' | 'sent' | 'waiting' | 'failed'; progress: number; hash: string | null; message?: string; name?: string }
const LONG_SIDE = 1600

/** Shrinks to 1600 px on the long side as JPEG. The camera's time and place travel along (the server reads and then strips them). */
export async function shrink(file: Blob): Promise<Blob> {
  const url = URL.createObjectURL(file)
  try {
    const picture = new Image()
    picture.src = url
    await picture.decode()
    const scale = Math.min(1, LONG_SIDE / Math.max(picture.naturalWidth, picture.naturalHeight))
    const canvas = document.createElement('canvas')
    canvas.width = Math.max(1, Math.round(picture.naturalWidth * scale))
    canvas.height = Math.max(1, Math.round(picture.naturalHeight * scale))
    canvas.getContext('2d')!.drawImage(picture, 0, 0, canvas.width, canvas.height)
    const small = await new Promise<Blob | null>(done => canvas.toBlob(done, 'image/jpeg', .85))
    if (!small) throw new Error('canvas gave no picture')
    const exif = exifOf(new Uint8Array(await file.slice(0, 300_000).arrayBuffer()))
    if (!exif) return small
    const bytes = new Uint8Array(await small.arrayBuffer())
    return new Blob([bytes.slice(0, 2), exif, bytes.slice(2)], { type: 'image/jpeg' })
  } finally { URL.revokeObjectURL(url) }
}
/** The Exif segment of a JPEG with its orientation set to "upright", since the canvas has already turned the picture; null when there is none. */
export function exifOf(jpeg: Uint8Array): Uint8Array<ArrayBuffer> | null {
  if (jpeg[0] !== 0xff || jpeg[1] !== 0xd8) return null
  for (let at = 2; at + 4 < jpeg.length && jpeg[at] === 0xff && jpeg[at + 1] !== 0xda;) {
    const length = (jpeg[at + 2] << 8) | jpeg[at + 3]
    if (jpeg[at + 1] === 0xe1 && String.fromCharCode(...jpeg.subarray(at + 4, at + 8)) === 'Exif' && at + 2 + length <= jpeg.length) {
      const segment = new Uint8Array(jpeg.slice(at, at + 2 + length))
      upright(new DataView(segment.buffer, 10))
      return segment
    }
    at += 2 + length
  }
  return null
}
function upright(tiff: DataView): void {
  try {
    const little = tiff.getUint16(0) === 0x4949
    const start = tiff.getUint32(4, little)
    const count = tiff.getUint16(start, little)
    for (let n = 0; n < count; n++) {
      const entry = start + 2 + n * 12
      if (tiff.getUint16(entry, little) === 0x0112) tiff.setUint16(entry + 8, 1, little)
    }
  } catch { /* a broken Exif block: the server will say so or ignore it */ }
}

/** Films and documents go as they are; only pictures are shrunk. */
export const isPicture = (blob: Blob) => !blob.type.startsWith('video/') && blob.type !== 'application/pdf'
export function draftOf(blob: Blob, name?: string): PhotoDraft { return { ...(name ? { name } : {}), key: newKey(), blob, state: 'preparing', progress: 0, hash: null } }
export async function send(draft: PhotoDraft, isPublic: boolean): Promise<Photo> {
  draft.state = 'sending'
  draft.progress = 0
  const photo = await uploadPhoto(draft.blob, draft.name ?? `${draft.key}.jpg`, isPublic, part => { draft.progress = part })
  draft.hash = photo.hash
  draft.state = 'sent'
  return photo
}
