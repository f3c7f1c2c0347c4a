// An officer on the road: what is written without a network waits on the device and arrives once.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { accessible, open, phone, shot, signIn, visitor } from './support/browser.mjs'
import { away, demoCity, serve } from './support/gongzhi.mjs'
import { Office } from './support/office.mjs'
import { jpeg } from './support/picture.mjs'

const photo = { name: '现场.jpg', mimeType: 'image/jpeg', buffer: jpeg() }
describe('an officer without a network', { concurrency: false }, () => {
  let city, browser, folder, one, dispatcher, center
  before(async () => {
    folder = await demoCity()
    city = await serve(folder)
    browser = await open()
    dispatcher = await Office.enter(city.base, 'dispatcher')
    center = (await dispatcher.get('/api/city')).center
    one = await visitor(browser, city.base, phone)
    await signIn(one.page, 'reviewer')
  }, { timeout: 240_000 })
  after(async () => { await browser?.close(); await city?.stop(); if (folder) away(folder) })

  it('opens the desk, writes a case with a photo, and finds it again after the page was closed', async () => {
    const { page, context } = one
    // Until the desk has kept what it needs.
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true))
    const kept = () => page.evaluate(async () => {
      const wanted = await (await fetch('/keep-office.json')).json()
      const here = (await (await caches.open('gongzhi-2')).keys()).map((request) => new URL(request.url).pathname)
      return [...wanted, '/office', '/api/matters', '/api/city'].every((path) => here.includes(path))
    })
    for (let n = 0; !await kept(); n++) { assert.ok(n < 150, 'the desk keeps what it needs'); await page.waitForTimeout(200) }
    await context.setOffline(true)
    await page.goto('/office#/new/hazard')
    await page.reload()
    await page.getByTestId('open-case').waitFor()
    await page.getByTestId('connection').waitFor()
    const category = page.getByTestId('field-category')
    await category.locator('select').selectOption('pothole')
    await page.getByTestId('field-description').locator('textarea').fill('断网时登记：东进口坑槽')
    await page.getByTestId('place-lon').fill(String(center[0] + 0.002))
    await page.getByTestId('place-lat').fill(String(center[1] + 0.001))
    await page.getByTestId('place-lat').blur()
    await page.getByTestId('place-chosen').locator('b').waitFor()
    await page.getByTestId('photo-input').setInputFiles([photo])
    await page.locator('[data-state=waiting]').waitFor()
    // The draft is on the device before anything is sent.
    await page.waitForTimeout(700)
    await page.reload()
    await page.getByTestId('restored').waitFor()
    assert.equal(await page.getByTestId('field-description').locator('textarea').inputValue(), '断网时登记：东进口坑槽')
    assert.equal(await page.locator('.photos li').count(), 1, 'the photo too')
    await page.getByTestId('open-case').click()
    await page.getByTestId('outbox-list').locator('li[data-state=waiting]').waitFor()
    await accessible(page, 'the outbox of an officer')
    await shot(page, 'officer-outbox-390-zh')
  })
  it('sends it once when there is a network, with its photo', async () => {
    const { page, context } = one
    const before = (await dispatcher.get('/api/cases?box=all&matter=hazard&limit=1')).total
    await context.setOffline(false)
    await page.getByTestId('outbox-gone').locator('a').first().waitFor({ timeout: 30_000 })
    await page.evaluate(() => { window.dispatchEvent(new Event('online')); document.dispatchEvent(new Event('visibilitychange')) })
    await page.waitForTimeout(800)
    const found = await dispatcher.get('/api/cases?box=all&matter=hazard&order=new&limit=1')
    assert.equal(found.total - before, 1, 'one case, not two')
    const whole = await dispatcher.get(`/api/cases/${found.items[0].id}`)
    assert.equal(whole.fields.description, '断网时登记：东进口坑槽')
    assert.equal(whole.photos.length, 1)
    assert.equal(await page.getByTestId('office-outbox').count(), 0, 'nothing waits')
  })
  it('does the same with an action on a case that is open on the screen', async () => {
    const { page, context } = one
    const made = await dispatcher.post('/api/cases', { matter: 'hazard', fields: { category: 'marking', severity: 2 }, place: { lon: center[0], lat: center[1] }, photos: [], key: 'officer-offline' })
    await page.goto(`/office#/case/${made.id}`)
    await page.getByTestId('stage').first().waitFor()
    await context.setOffline(true)
    await page.getByTestId('action-note').click()
    const sheet = page.getByTestId('action-sheet')
    await sheet.getByTestId('action-reason').fill('断网时备注：已设警示')
    await sheet.getByTestId('photo-input').setInputFiles([photo])
    await sheet.locator('[data-state=waiting]').waitFor()
    await sheet.getByTestId('action-go').click()
    await sheet.waitFor({ state: 'detached' })
    await page.getByTestId('case-waiting').waitFor()
    await context.setOffline(false)
    await page.getByTestId('case-waiting').waitFor({ state: 'detached', timeout: 30_000 })
    const whole = await dispatcher.get(`/api/cases/${made.id}`)
    const notes = whole.timeline.filter((entry) => entry.kind === 'note' && entry.reason?.includes('断网时备注'))
    assert.equal(notes.length, 1, 'one note, not two')
    assert.equal(notes[0].photos.length, 1)
    one.fine()
  })
  it('takes an action that is sent twice under one key once', async () => {
    const made = await dispatcher.post('/api/cases', { matter: 'hazard', fields: { category: 'sign', severity: 2 }, place: { lon: center[0], lat: center[1] }, photos: [], key: 'twice' })
    const note = { fields: {}, reason: '只记一次', key: 'note-twice' }
    const both = await Promise.all([1, 2].map(() => dispatcher.post(`/api/cases/${made.id}/actions/note`, note)))
    await dispatcher.post(`/api/cases/${made.id}/actions/note`, { ...note, version: made.version })
    assert.equal(new Set(both.map((answer) => answer.id)).size, 1)
    const whole = await dispatcher.get(`/api/cases/${made.id}`)
    assert.equal(whole.timeline.filter((entry) => entry.kind === 'note').length, 1)
    assert.equal(whole.version, made.version + 1)
  })
})
