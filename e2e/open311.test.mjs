// The Open311 door as other people's programs use it, and two houses that send each other work.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { away, password, serve, smallTown } from './support/gongzhi.mjs'
import { Office } from './support/office.mjs'
import { jpeg } from './support/picture.mjs'

const run = (command, args) => new Promise((done) => execFile(command, args, { maxBuffer: 16 << 20 }, (error, out, err) => done({ code: error ? error.code ?? 1 : 0, out, err })))
const until = async (what, ask, seconds = 60) => {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const found = await ask()
    if (found) return found
    if (Date.now() > deadline) assert.fail(`waited ${seconds} s for ${what}`)
    await new Promise((next) => setTimeout(next, 250))
  }
}

describe('open311', { concurrency: false }, () => {
  const houses = []
  before(async () => {
    for (let n = 0; n < 2; n++) houses.push(await serve(await smallTown()))
  }, { timeout: 120_000 })
  after(async () => { for (const house of houses) { await house.stop(); away(house.folder) } })

  it('clients that others wrote work unchanged', { timeout: 300_000 }, async () => {
    const [house] = houses
    const admin = await Office.enter(house.base, 'admin', password)
    const { key } = await admin.post('/api/open311/keys', { name: '市民服务小程序' })
    assert.ok(key.length >= 20)
    assert.ok(!JSON.stringify(await admin.get('/api/open311/keys')).includes(key), 'a key is shown once')
    const folder = join(tmpdir(), 'gongzhi-open311-clients')
    mkdirSync(folder, { recursive: true })
    const picture = join(house.folder, 'picture.jpg')
    writeFileSync(picture, jpeg({}))
    const made = await run('sh', [join(import.meta.dirname, '../scripts/python.sh'), join(folder, 'venv'), join(import.meta.dirname, 'open311/requirements.txt')])
    assert.equal(made.code, 0, made.err)
    const done = await run(made.out.trim(), [join(import.meta.dirname, 'open311/clients.py'), house.base, key, picture])
    console.log(done.out)
    assert.equal(done.code, 0, done.out + done.err)
  })

  it('a case for a unit with a system of its own is pushed there, and what became of it comes back', { timeout: 180_000 }, async () => {
    const [here, there] = houses
    const [admin, adminThere] = [await Office.enter(here.base, 'admin', password), await Office.enter(there.base, 'admin', password)]
    const { key } = await adminThere.post('/api/open311/keys', { name: '道交办' })
    const peer = await admin.post('/api/open311/peers', { name: '供电公司工单系统', url: `${there.base}/open311/v2`, api_key: key, unit: 'power', push_service: 'HAZ' })
    assert.ok(!JSON.stringify(peer).includes(key), 'our key there is never given out')
    const dispatcher = await Office.enter(here.base, 'dispatcher', password)
    const opened = await dispatcher.post('/api/cases', { matter: 'hazard', fields: { category: 'lamp', description: '路灯不亮', severity: 2 }, place: { lon: 120.604, lat: 30.004 }, photos: [], key: 'push-1' })
    await dispatcher.post(`/api/cases/${opened.id}/actions/dispatch`, { version: opened.version, unit: 'power' })
    const remote = await until('the request over there', async () => {
      const list = await (await fetch(`${there.base}/open311/v2/requests.json?service_code=HAZ`)).json()
      return list.find((r) => r.status === 'open')
    })
    // Over there a required list without the fitting choice would refuse; here the same matter takes the address and the words.
    assert.ok(remote.address)
    const over = await Office.enter(there.base, 'dispatcher', password)
    const theirs = await over.get(`/api/cases/${remote.service_request_id}`)
    await over.post(`/api/cases/${theirs.id}/actions/decline`, { version: theirs.version, reason_code: 'solved_already', reason: '已修复' })
    await admin.ok('PATCH', `/api/open311/peers/${peer.id}`, { active: true })
    await until('what became of it', async () => {
      const one = await dispatcher.get(`/api/cases/${opened.id}`)
      return one.open311?.updates.some((u) => u.status === 'CLOSED')
    })
  })

  it('requests of another system become cases here, once each', { timeout: 180_000 }, async () => {
    const [here, there] = houses
    const admin = await Office.enter(here.base, 'admin', password)
    const adminThere = await Office.enter(there.base, 'admin', password)
    const { key } = await adminThere.post('/api/open311/keys', { name: '市民' })
    const form = new URLSearchParams({ api_key: key, service_code: 'HAZ', lat: '30.008', long: '120.608', description: '井盖松动', 'attribute[category]': 'manhole' })
    const posted = await fetch(`${there.base}/open311/v2/requests.json`, { method: 'POST', body: form })
    assert.equal(posted.status, 201)
    const dispatcher = await Office.enter(here.base, 'dispatcher', password)
    const before = (await dispatcher.get('/api/cases?box=all&limit=1')).total
    const peer = await admin.post('/api/open311/peers', { name: '区级系统', url: `${there.base}/open311/v2`, format: 'xml', pull_matter: 'hazard' })
    const total = async () => (await dispatcher.get('/api/cases?box=all&limit=1')).total
    await until('pulled cases', async () => (await total()) > before)
    await until('a quiet round', async () => { const n = await total(); await new Promise((next) => setTimeout(next, 3000)); return n === await total() })
    const once = await total()
    await admin.ok('PATCH', `/api/open311/peers/${peer.id}`, { active: true })
    await new Promise((next) => setTimeout(next, 5000))
    assert.equal(await total(), once, 'asked again, nothing doubles')
  })

  it('a system that does not answer is on the stuck list, and nothing is lost', { timeout: 300_000 }, async () => {
    const [here] = houses
    const admin = await Office.enter(here.base, 'admin', password)
    const dispatcher = await Office.enter(here.base, 'dispatcher', password)
    await admin.post('/api/open311/peers', { name: '失联系统', url: 'http://127.0.0.1:9/open311/v2', api_key: 'k', unit: 'telecom', push_service: 'X' })
    const opened = await dispatcher.post('/api/cases', { matter: 'hazard', fields: { category: 'cable', description: '线缆下垂', severity: 2 }, place: { lon: 120.604, lat: 30.004 }, photos: [], key: 'push-2' })
    await dispatcher.post(`/api/cases/${opened.id}/actions/dispatch`, { version: opened.version, unit: 'telecom' })
    await until('the failure to show', async () => {
      const { items } = await dispatcher.get('/api/stuck')
      return items.some((i) => i.number === opened.number && /失联系统/.test(i.failure))
    }, 240) // the third try comes after about a minute and a half
  })
})
