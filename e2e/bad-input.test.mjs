// What comes in wrong is refused in words, in both languages, and changes nothing.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { open, visitor } from './support/browser.mjs'
import { away, must, password, run, serve, smallTown } from './support/gongzhi.mjs'
import { Office } from './support/office.mjs'
import { jpeg } from './support/picture.mjs'

describe('bad input', { concurrency: false }, () => {
  let town, folder, dispatcher
  before(async () => {
    folder = await smallTown()
    town = await serve(folder)
    dispatcher = await Office.enter(town.base, 'dispatcher', password)
  }, { timeout: 60_000 })
  after(async () => { await town?.stop(); if (folder) away(folder) })

  const state = async () => {
    const [calls, cases, events] = await Promise.all([dispatcher.get('/api/signals?limit=1'), dispatcher.get('/api/cases?box=all&limit=1'), dispatcher.get('/api/city')])
    return [calls.total, cases.total, events.counts.calls]
  }
  /** The same refusal asked for in both languages: one code, Chinese words and English words. */
  async function refused(status, code, ask) {
    const before = await state()
    const said = {}
    for (const language of ['zh', 'en']) {
      const answer = await ask(language)
      assert.equal(answer.status, status, JSON.stringify(answer.body))
      assert.match(answer.headers.get('content-type') ?? '', /application\/problem\+json/)
      if (code) assert.match(answer.body.code, code)
      said[language] = answer.body.message
    }
    assert.match(said.zh, /[\u4e00-\u9fff]/, `Chinese: ${said.zh}`)
    assert.match(said.en, /^[^\u4e00-\u9fff]*[A-Za-z][^\u4e00-\u9fff]*$/, `English: ${said.en}`)
    assert.deepEqual(await state(), before, 'nothing changed')
    return said
  }
  const ask = (method, path, body, headers = {}) => (language) => dispatcher.send(method, path, body, { 'accept-language': language, ...headers })
  const point = { lon: 120.604, lat: 30.004 }
  const hazard = (more = {}) => ({ matter: 'hazard', fields: { category: 'pothole', description: '坑槽', severity: 2 }, place: point, photos: [], key: '', ...more })

  it('JSON that is none, of another shape, or of another type', async () => {
    const json = { 'content-type': 'application/json' }
    await refused(400, /json/, ask('POST', '/api/cases', '{"matter": "hazard", ', json))
    await refused(422, null, ask('POST', '/api/cases', '{"matter": 7}', json))
    await refused(415, null, ask('POST', '/api/cases', 'matter=hazard', { 'content-type': 'text/plain' }))
    await refused(422, null, ask('POST', '/api/cases', hazard({ fields: { category: 'dragons', description: '有龙' } })))
    await refused(422, null, ask('POST', '/api/cases', hazard({ fields: {} })))
    await refused(404, null, ask('POST', '/api/cases', hazard({ matter: 'nothing' })))
    await refused(422, null, ask('POST', '/api/cases', hazard({ photos: ['0'.repeat(64)] })))
    await refused(422, null, ask('POST', '/api/cases', hazard({ place: { lon: 999, lat: -999 } })))
  })

  it('a script in a text field is kept as text and shown as text', async () => {
    const script = '<script>window.__struck = 1</script><img src=x onerror="window.__struck = 2">'
    const made = await dispatcher.post('/api/cases', hazard({ key: 'script', fields: { category: 'pothole', severity: 2, description: script }, place: { ...point, text: script } }))
    const browser = await open()
    try {
      const { context, page } = await visitor(browser, town.base)
      await context.addCookies([{ name: 'gz_session', value: dispatcher.cookie.split('=')[1], url: town.base }])
      await page.goto(`/office#/case/${made.id}`)
      await page.getByTestId('stage').waitFor()
      assert.ok((await page.locator('main').innerText()).includes(script), 'the words are there')
      assert.equal(await page.evaluate(() => window.__struck), undefined, 'and did not run')
      assert.equal(await page.locator('main img[src="x"]').count(), 0)
    } finally { await browser.close() }
  })

  it('a photo of two gigabytes is refused from its announcement', async () => {
    const before = await state()
    for (const [language, words] of [['zh', /[\u4e00-\u9fff]/], ['en', /[A-Za-z]{4}/]]) {
      const { status, text } = await new Promise((done, failed) => {
        const { hostname, port } = new URL(town.base)
        let answer = ''
        const socket = connect(Number(port), hostname, () => socket.write([
          'POST /api/photos HTTP/1.1', `host: ${hostname}`, `cookie: ${dispatcher.cookie}`, 'x-gongzhi: 1', `accept-language: ${language}`, 'connection: close',
          'content-type: multipart/form-data; boundary=b', 'content-length: 2147483648', '', ''].join('\r\n')))
        socket.setEncoding('utf8').on('data', (piece) => { answer += piece }).on('error', failed).on('close', () => {
          const [head, ...body] = answer.split('\r\n\r\n')
          done({ status: Number(head.split(' ')[1]), text: body.join('').match(/\{.*\}/s)?.[0] ?? answer })
        })
        socket.setTimeout(15_000, () => socket.destroy(new Error('no answer to the announcement')))
      })
      assert.equal(status, 413, text)
      assert.match(JSON.parse(text).message, words)
    }
    assert.deepEqual(await state(), before)
  })

  it('a photo over the limit, one that is none, one that is cut off', async () => {
    const upload = (bytes) => (language) => {
      const form = new FormData()
      form.append('file', new Blob([bytes], { type: 'image/jpeg' }), 'a.jpg')
      return dispatcher.send('POST', '/api/photos', form, { 'accept-language': language })
    }
    await refused(413, /large/, upload(Buffer.alloc(20 * 1024 * 1024 + 10_000, 0xff)))
    await refused(422, null, upload(Buffer.from('这不是一张照片，只是一些文字。'.repeat(40))))
    const whole = jpeg()
    await refused(422, null, upload(whole.subarray(0, whole.length >> 1)))
    await refused(422, null, upload(Buffer.alloc(0)))
    await refused(422, /file/, (language) => { const form = new FormData(); form.append('other', 'x'); return dispatcher.send('POST', '/api/photos', form, { 'accept-language': language }) })
    assert.equal((await upload(whole)('zh')).status, 201, 'while a whole one is taken')
  })

  it('a write without the header that only our own pages send', async () => {
    const bare = async (language) => {
      const answer = await fetch(`${town.base}/api/cases`, { method: 'POST', body: JSON.stringify(hazard()), headers: { cookie: dispatcher.cookie, 'content-type': 'application/json', 'accept-language': language } })
      return { status: answer.status, body: await answer.json(), headers: answer.headers }
    }
    await refused(403, /header/, bare)
  })

  it('nobody, and somebody of another unit', async () => {
    const mine = await dispatcher.post('/api/cases', hazard({ key: 'foreign' }))
    await dispatcher.act(mine.id, 'dispatch', { unit: 'transport' })
    const stranger = await Office.enter(town.base, 'clerk2', password)
    for (const path of [`/api/cases/${mine.id}`, `/api/cases/${mine.number}`]) await refused(404, null, (language) => stranger.send('GET', path, undefined, { 'accept-language': language }))
    await refused(404, null, (language) => stranger.send('POST', `/api/cases/${mine.id}/actions/sign`, { version: 2, fields: {} }, { 'accept-language': language }))
    await refused(403, null, (language) => stranger.send('GET', '/api/signals', undefined, { 'accept-language': language }))
    const nobody = new Office(town.base)
    await refused(401, null, (language) => nobody.send('GET', `/api/cases/${mine.id}`, undefined, { 'accept-language': language }))
    await refused(404, null, (language) => nobody.send('GET', '/api/public/cases/no-such-token', undefined, { 'accept-language': language }))
    assert.equal((await dispatcher.get(`/api/cases/${mine.id}`)).stage.id, 'signing')
    // Two at once: the second learns who was first.
    const { version } = await dispatcher.get(`/api/cases/${mine.id}`)
    await dispatcher.post(`/api/cases/${mine.id}/actions/note`, { version, fields: {}, reason: '先到' })
    const late = await dispatcher.send('POST', `/api/cases/${mine.id}/actions/note`, { version, fields: {}, reason: '后到' })
    assert.equal(late.status, 409)
    assert.equal(late.body.code, 'version_conflict')
  })

  it('a wrong password five times, and the account rests', async () => {
    const knock = (word, language = 'zh') => new Office(town.base).send('POST', '/api/session', { login: 'leader', password: word }, { 'accept-language': language })
    for (let n = 0; n < 5; n++) {
      const answer = await knock('wrong-password', n % 2 ? 'en' : 'zh')
      assert.equal(answer.status, 401)
      assert.equal(answer.body.code, 'login_failed')
    }
    await refused(429, /rest/, (language) => knock(password, language))
    const unknown = await new Office(town.base).send('POST', '/api/session', { login: 'nobody-at-all', password })
    assert.equal(unknown.body.code, 'login_failed', 'an unknown name is told apart from nothing')
  })

  it('files that are not what they are said to be', async () => {
    await town.stop()
    const tell = async (args, what) => {
      const print = () => createHash('sha256').update(readFileSync(join(folder, 'roads.network'))).digest('hex')
      const before = [print(), JSON.parse((await must(['ledger', 'verify', '--json', '--data', folder])).out).checked]
      const done = await run([...args, '--data', folder])
      assert.equal(done.code, 1, `${what}: ${done.code} ${done.out}`)
      const lines = done.err.split('\n')
      assert.ok(lines.some((l) => /[\u4e00-\u9fff]{4}/.test(l)) && lines.some((l) => /^gongzhi: [A-Za-z][^\u4e00-\u9fff]{10}/.test(l)), `${what}: both languages\n${done.err}`)
      assert.doesNotMatch(done.err, /panicked/)
      assert.deepEqual([print(), JSON.parse((await must(['ledger', 'verify', '--json', '--data', folder])).out).checked], before, `${what}: nothing changed`)
    }
    const at = (name, bytes) => { const path = join(folder, name); writeFileSync(path, bytes); return path }
    const header = '警情编号,报警时间,警情类别,报警内容,地点,经度,纬度\n'
    // UTF-16 is neither of the two encodings that the mapping declares.
    const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`${header}1,2026-01-05 08:00:00,事故,中兴大道追尾,中兴大道,120.604,30.004\n`, 'utf16le')])
    await tell(['import', 'signals', at('wide.csv', wide), '--mapping', 'calls'], 'wrong encoding')
    await tell(['import', 'signals', at('other.csv', 'a,b,c\n1,2,3\n'), '--mapping', 'calls'], 'other columns')
    await tell(['import', 'signals', at('none.csv', ''), '--mapping', 'calls'], 'an empty file')
    await tell(['import', 'signals', join(folder, 'missing.csv'), '--mapping', 'calls'], 'a missing file')
    await tell(['import', 'signals', join(folder, 'wide.csv'), '--mapping', 'no-such'], 'an unknown mapping')
    // The start of an OSM PBF: a blob header that announces more than there is.
    const pbf = Buffer.concat([Buffer.from([0, 0, 0, 13, 0x0a, 9]), Buffer.from('OSMHeader'), Buffer.from([0x18, 0x7c]), Buffer.from([0x0a, 0x40, 1, 2, 3])])
    await tell(['import', 'roads', at('cut.osm.pbf', pbf), '--datum', 'wgs84'], 'a truncated PBF')
    await tell(['import', 'roads', at('cut.osm', '<?xml version="1.0"?><osm version="0.6"><node id="1" lat="30"'), '--datum', 'wgs84'], 'truncated XML')
    const wrongDatum = await run(['import', 'roads', join(folder, 'cut.osm'), '--datum', 'mercator', '--data', folder])
    assert.equal(wrongDatum.code, 2, 'a datum that does not exist is wrong usage')
  })
})
