import { describe, expect, it } from 'vitest'
import { ApiError, type Fields, type NewReport, type Photo, type Receipt, type Schema } from '../src/api'
import { createDrafts } from '../src/drafts'
import { fieldsOf } from '../src/forms'
import { memoryKeep } from '../src/keep'
import { createOutbox, type Waiting } from '../src/outbox'
import { pagesOf } from '../src/portal/pages'
import { parse, tokenIn } from '../src/portal/route'

const waiting = (key: string, photos = 0): Waiting<NewReport> => ({ report: { matter: 'hazard', fields: {}, place: { lon: 1, lat: 2 }, photos: [], key }, blobs: Array.from({ length: photos }, () => new Blob(['x'])), title: key, at: 1 })
/** A server that takes each key once and a line that breaks at chosen calls. */
function world(breaks: (call: string, n: number) => boolean = () => false) {
  const cases = new Map<string, NewReport>(), calls: string[] = []
  let photos = 0
  const sender = {
    async photo(): Promise<Photo> {
      calls.push('photo')
      if (breaks('photo', calls.length)) throw new ApiError(0, 'offline', '')
      return { hash: `h${photos++}`, width: 1, height: 1, taken_at: null, taken_place: null, url: '' }
    },
    async report(report: NewReport): Promise<Receipt> {
      calls.push(`report ${report.key}`)
      if (report.key === 'bad') throw new ApiError(422, 'invalid', 'no')
      const lost = breaks('report', calls.length)
      if (!cases.has(report.key)) cases.set(report.key, report)
      if (lost) throw new ApiError(0, 'offline', '')
      return { number: report.key, token: report.key, link: '', promised_at: null, promised_explanation: null }
    },
  }
  const keep = memoryKeep()
  return { keep, cases, calls, outbox: createOutbox<NewReport, Receipt>(keep, sender) }
}

describe('outbox', () => {
  it('sends what waits once, photos first, and is then empty', async () => {
    const { outbox, cases } = world()
    await outbox.add(waiting('a', 2))
    expect((await outbox.flush()).map(one => one.receipt.number)).toEqual(['a'])
    expect(cases.get('a')!.photos).toEqual(['h0', 'h1'])
    expect(await outbox.count()).toBe(0)
    expect(await outbox.flush()).toEqual([])
  })
  it('two flushes at the same time send once', async () => {
    const { outbox, calls } = world()
    await outbox.add(waiting('a'))
    await Promise.all([outbox.flush(), outbox.flush()])
    expect(calls).toEqual(['report a'])
  })
  it('keeps the report when the line breaks, and does not send an arrived photo again', async () => {
    let broken = true
    const { outbox, calls, cases } = world((_, n) => broken && n === 2)
    await outbox.add(waiting('a', 2))
    expect(await outbox.flush()).toEqual([])
    expect(await outbox.count()).toBe(1)
    broken = false
    await outbox.flush()
    expect(calls).toEqual(['photo', 'photo', 'photo', 'report a'])
    expect(cases.get('a')!.photos).toEqual(['h0', 'h1'])
  })
  it('an answer lost on the way back makes no second case: the key is the same', async () => {
    let lose = true
    const { outbox, cases, calls } = world(call => call === 'report' && lose)
    await outbox.add(waiting('a'))
    await outbox.flush()
    lose = false
    await outbox.flush()
    expect(calls).toEqual(['report a', 'report a'])
    expect([...cases.keys()]).toEqual(['a'])
  })
  it('a refused report stays with its reason and does not block the others', async () => {
    const { outbox } = world()
    await outbox.add(waiting('bad'))
    await outbox.add(waiting('good'))
    expect((await outbox.flush()).map(one => one.receipt.number)).toEqual(['good'])
    expect((await outbox.refused()).map(one => one.refused)).toEqual(['no'])
    await outbox.drop('bad')
    expect(await outbox.count()).toBe(0)
  })
})
describe('the outbox of a shared device', () => {
  const at = (key: string, by: string, time: number): Waiting<NewReport> => ({ ...waiting(key), by, at: time })
  it('sends the oldest first, and under a name only what that person wrote', async () => {
    let who = 'lin'
    const { keep, calls } = world()
    const sender = { photo: async () => { throw new Error('none') }, report: async (report: NewReport): Promise<Receipt> => { calls.push(report.key); return { number: report.key, token: '', link: '', promised_at: null, promised_explanation: null } } }
    const outbox = createOutbox<NewReport, Receipt>(keep, sender, { mine: one => one.by === who })
    await outbox.add(at('b', 'lin', 3))
    await outbox.add(at('c', 'lin', 1))
    await outbox.add(at('a', 'chen', 2))
    expect(await outbox.count()).toBe(2)
    await outbox.flush()
    expect(calls).toEqual(['c', 'b'])
    who = 'chen'
    expect((await outbox.all()).map(one => one.report.key)).toEqual(['a'])
    await outbox.flush()
    expect(calls).toEqual(['c', 'b', 'a'])
  })
  it('takes a login that ran out for no refusal, and lets a refused one try again', async () => {
    const { keep } = world()
    let status = 401
    const outbox = createOutbox<NewReport, Receipt>(keep, { photo: async () => { throw new Error('none') }, report: async (report): Promise<Receipt> => { if (status) throw new ApiError(status, 'x', 'said'); return { number: report.key, token: '', link: '', promised_at: null, promised_explanation: null } } })
    await outbox.add(waiting('a'))
    await outbox.flush()
    expect(await outbox.refused()).toEqual([])
    status = 409
    await outbox.flush()
    expect((await outbox.refused()).map(one => one.refused)).toEqual(['said'])
    status = 0
    expect(await outbox.flush()).toEqual([])
    await outbox.again('a')
    expect((await outbox.flush()).map(one => one.receipt.number)).toEqual(['a'])
    expect(await outbox.count()).toBe(0)
  })
})
describe('drafts', () => {
  it('keep photos and their state for seven days, and no longer', async () => {
    const keep = memoryKeep(), drafts = createDrafts(keep)
    const photos = [{ key: 'k', blob: new Blob(['x']), state: 'sent' as const, progress: 1, hash: 'h' }, { key: 'l', blob: new Blob(['y']), state: 'sending' as const, progress: .2, hash: null }]
    await drafts.put('new.lin.x', { photos, at: 0, fields: { a: 1 } } as never)
    const found = await drafts.take<{ photos: typeof photos; at: number; fields: unknown }>('new.lin.x')
    expect(found!.fields).toEqual({ a: 1 })
    expect(found!.photos.map(one => [one.hash, one.state])).toEqual([['h', 'sent'], [null, 'waiting']])
    expect((await drafts.names('new.lin.')).map(one => one.name)).toEqual(['new.lin.x'])
    await keep.set('draft.new.lin.old', { photos: [], at: Date.now() - 8 * 86_400_000 })
    expect(await drafts.take('new.lin.old')).toBeNull()
    expect(await keep.get('draft.new.lin.old')).toBeUndefined()
  })
})
describe('pages of a report', () => {
  const schema: Schema = { type: 'object', properties: { kind: { type: 'string', enum: ['a', 'other'], 'x-step': 1 }, plate: { type: 'string', 'x-step': 2 }, words: { type: 'string', 'x-step': 2 }, inside: { type: 'string' } }, allOf: [{ if: { properties: { kind: { const: 'other' } }, required: ['kind'] }, then: { properties: { which: { type: 'string' } } } }] }
  const pages = (subject: string, value: Fields) => pagesOf({ id: 'x', title: 'x', description: '', schema, subject }, fieldsOf(schema, value, 'public')).map(one => one.kind === 'fields' ? one.keys.join(' ') : one.kind)
  it('follow the steps of the form; only what is somewhere has a place page', () => {
    expect(pages('place', {})).toEqual(['place', 'kind', 'plate words', 'photos', 'check'])
    expect(pages('enterprise', {})).toEqual(['kind', 'plate words', 'photos', 'check'])
  })
  it('put a conditional field on the page of the field that calls it', () => { expect(pages('none', { kind: 'other' })[0]).toBe('kind which') })
})
describe('portal addresses', () => {
  it('reads routes and clamps steps', () => {
    expect(parse('').name).toBe('home')
    expect(parse('#/report/99')).toMatchObject({ name: 'report', matter: '', step: 20 })
    expect(parse('#/report/crash-settlement/2')).toMatchObject({ name: 'report', matter: 'crash-settlement', step: 2 })
    expect(parse('#/public/works')).toMatchObject({ name: 'public', matter: 'works' })
    expect(parse('#/t/ab%2Fc')).toMatchObject({ name: 'track', token: 'ab/c' })
    expect(parse('#/track/x')).toMatchObject({ name: 'track', token: 'x' })
    expect(parse('#/t').name).toBe('missing')
  })
  it('finds the code in whatever is pasted', () => {
    for (const text of ['q7Yx', ' q7Yx ', '/t/q7Yx', 'https://x.cn/#/t/q7Yx', 'https://x.cn/#/track/q7Yx?lang=en']) expect(tokenIn(text)).toBe('q7Yx')
  })
})
