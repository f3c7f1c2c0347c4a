// A citizen on a telephone: five steps, a number, a promised date, a link, an objection; in English, by keyboard, without a network.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { accessible, mapReady, open, phone, shot, visitor } from './support/browser.mjs'
import { away, demoCity, must, serve } from './support/gongzhi.mjs'
import { Office, finish } from './support/office.mjs'
import { jpeg } from './support/picture.mjs'

describe('the citizen', { concurrency: false }, () => {
  let city, browser, folder, dispatcher, clerk, reviewer, place
  const visits = []
  const visit = async (options = {}) => {
    const one = await visitor(browser, city.base, { ...phone, ...options })
    visits.push(one)
    return one
  }
  before(async () => {
    folder = await demoCity()
    city = await serve(folder)
    browser = await open()
    ;[dispatcher, clerk, reviewer] = await Promise.all(['dispatcher', 'clerk', 'reviewer'].map((who) => Office.enter(city.base, who)))
    place = await crossing()
  }, { timeout: 240_000 })
  after(async () => { await browser?.close(); await city?.stop(); if (folder) away(folder) })

  /** A crossing of the city without an open case nearby. */
  async function crossing() {
    const { items } = await dispatcher.get('/api/hotspots?kind=crossing&limit=60')
    for (const one of items.reverse()) {
      const near = await dispatcher.get(`/api/public/nearby?matter=hazard&lon=${one.lon}&lat=${one.lat}`)
      if (!near.length) return one
    }
    throw new Error('no crossing without an open case: the demo city is not as it was')
  }
  const step = (page, n) => page.waitForURL(new RegExp(`#/report/hazard/${n}`))
  /** The matter is chosen from the list of all that the public may open. */
  const choose = (page) => page.getByTestId('matter-hazard').click()
  /** From the kind of hazard over the page of details to the photos. */
  async function toPhotos(page) { await next(page); await step(page, 3); await next(page); await step(page, 4) }
  async function choosePlace(page, at) {
    await page.getByTestId('place').locator('summary').click()
    await page.getByTestId('place-lon').fill(String(at.lon))
    await page.getByTestId('place-lat').fill(String(at.lat))
    await page.getByTestId('place-lat').press('Tab')
    await page.waitForFunction(() => /[\u4e00-\u9fff]|[A-Za-z]/.test(document.querySelector('[data-test=place-chosen] b')?.textContent ?? ''))
  }
  const next = (page) => page.getByTestId('next').click()
  async function chooseCategory(page, label) {
    await page.getByTestId('field-category').getByText(label, { exact: true }).click()
  }

  let token
  it('opens the portal within 60 kB', async () => {
    const { page, context } = await visit({ serviceWorkers: 'block' })
    let bytes = 0
    const sizes = []
    context.on('requestfinished', (request) => { if (!request.url().includes('/api/')) sizes.push(request.sizes().then((s) => { bytes += s.responseBodySize })) })
    await page.goto('/', { waitUntil: 'networkidle' })
    await Promise.all(sizes)
    assert.ok(bytes > 5_000, 'the page was measured')
    assert.ok(bytes < 60_000, `portal's first load is ${bytes} bytes`)
    console.log(`# portal, first load: ${(bytes / 1000).toFixed(1)} kB over the wire`)
    await page.getByTestId('synthetic').waitFor()
    await accessible(page, 'portal home')
    await shot(page, 'portal-home-390-zh')
    await context.close()
  })

  it('reports in five steps with a photo, and gets a number and a promised date', async () => {
    const { page } = await visit()
    await page.goto('/')
    await page.getByTestId('report').click()
    await choose(page)
    await step(page, 1)
    await mapReady(page)
    await choosePlace(page, place)
    await accessible(page, 'report, step 1')
    await shot(page, 'report-1-390-zh')
    await next(page)
    await step(page, 2)
    await next(page)
    await page.getByTestId('form-errors').waitFor()
    await accessible(page, 'report, step 2 with errors')
    await chooseCategory(page, '路面坑槽、沉陷')
    await shot(page, 'report-2-390-zh')
    await toPhotos(page)
    const camera = { at: '2026:05:04 08:30:00', lon: place.lon, lat: place.lat }
    const answer = page.waitForResponse((r) => r.url().endsWith('/api/public/photos'))
    await page.getByTestId('photo-input').setInputFiles([{ name: '坑洼.jpg', mimeType: 'image/jpeg', buffer: jpeg({ camera }) }])
    const taken = await (await answer).json()
    assert.match(String(taken.taken_at), /2026-05-04/, 'the time of the photo is read')
    assert.ok(Math.abs(taken.taken_place.lon - place.lon) < 1e-4 && Math.abs(taken.taken_place.lat - place.lat) < 1e-4, 'and its place')
    await page.locator('[data-state=sent]').waitFor()
    await accessible(page, 'report, photos')
    await shot(page, 'report-3-390-zh')
    await next(page)
    await step(page, 5)
    await page.getByTestId('reporter-phone').fill('13800001234')
    await accessible(page, 'report, last look')
    await shot(page, 'report-4-390-zh')
    await next(page)
    await page.getByTestId('receipt').waitFor()
    assert.match(await page.getByTestId('receipt-number').innerText(), /^[A-Z]+-\d{4}-\d{6}$/)
    assert.match(await page.getByTestId('receipt-promised').innerText(), /\d+月\d+日/)
    await accessible(page, 'receipt')
    await shot(page, 'receipt-390-zh')
    const link = await page.getByTestId('receipt-link').inputValue()
    token = link.split('/t/')[1]
    // Whoever has the link can follow; the photo carries nothing of the telephone any more.
    const other = await visit()
    await other.page.goto(link)
    await other.page.getByTestId('track').waitFor()
    const shown = await (await fetch(`${city.base}/api/public/cases/${token}`)).json()
    const picture = Buffer.from(await (await fetch(city.base + shown.photos[0].url)).arrayBuffer())
    assert.equal(picture.includes('Exif'), false, 'no Exif in the public photo')
    assert.doesNotMatch(JSON.stringify(shown), /13800001234/)
    await accessible(other.page, 'tracking')
    await shot(other.page, 'track-390-zh')
  })

  it('shows the next one what is there already, and lets them join', async () => {
    const { page } = await visit()
    await page.goto('/#/report/hazard/1')
    await choosePlace(page, place)
    const near = page.getByTestId('nearby')
    await near.waitFor()
    assert.match(await near.innerText(), /路面坑槽/)
    await accessible(page, 'report, step 1 with duplicates')
    await shot(page, 'report-1-nearby-390-zh')
    await page.getByTestId('same').first().click()
    await page.getByTestId('track').waitFor()
    const shown = await (await fetch(`${city.base}/api/public/cases/${token}`)).json()
    assert.equal(shown.supports, 1)
  })

  it('may object after closure, within the term', async () => {
    const { items } = await dispatcher.get('/api/cases?box=all&limit=20')
    const mine = items.find((one) => one.source === 'public' && one.place?.key === place.key) ?? items[0]
    const seen = await dispatcher.get(`/api/cases/${mine.id}`)
    assert.equal(seen.category_label, '路面坑槽、沉陷')
    assert.match(JSON.stringify(seen.reporter), /138\*+1234/, 'the office sees a masked number')
    await finish(mine.id, { dispatcher, clerk, reviewer }, 'transport')
    const { page } = await visit()
    await page.goto(`/#/t/${token}`)
    await page.getByTestId('contest-open').click()
    await page.getByTestId('contest-send').click()
    await page.getByRole('alert').waitFor()
    await page.getByTestId('contest-reason').fill('坑还在，只填了一半。')
    await accessible(page, 'objection')
    await shot(page, 'track-contest-390-zh')
    await page.getByTestId('contest-send').click()
    await page.getByTestId('contest').waitFor({ state: 'detached' })
    const after = await dispatcher.get(`/api/cases/${mine.id}`)
    assert.equal(after.stage.id, 'review')
    assert.ok(JSON.stringify(after.timeline).includes('坑还在'), 'the officer reads the objection')
  })

  it('does all of it in English', async () => {
    const { page } = await visit()
    await page.goto('/')
    await page.getByTestId('language').click()
    await page.getByText('Report or apply').first().waitFor()
    await accessible(page, 'portal home in English')
    await shot(page, 'portal-home-390-en')
    await page.getByTestId('report').click()
    await choose(page)
    await choosePlace(page, { lon: place.lon + 0.004, lat: place.lat + 0.003 })
    await next(page)
    await step(page, 2)
    await chooseCategory(page, 'Lamp out or missing')
    await shot(page, 'report-2-390-en')
    await toPhotos(page)
    await next(page); await step(page, 5)
    await next(page)
    await page.getByTestId('receipt').waitFor()
    const rest = (await page.locator('main').innerText()).match(/[\u4e00-\u9fff]+/g) ?? []
    assert.deepEqual(rest.filter((s) => !/演示|路|道|街|镇|村|区|市/.test(s)), [], 'no Chinese left but names of places')
    await shot(page, 'receipt-390-en')
    await page.getByTestId('receipt-follow').click()
    await page.getByTestId('track').waitFor()
    await accessible(page, 'tracking in English')
  })

  it('does all of it by keyboard', async () => {
    const { page } = await visit({ isMobile: false, hasTouch: false })
    await page.goto('/')
    await page.getByTestId('report').waitFor()
    const to = async (test, key = 'Tab', most = 80) => {
      for (let n = 0; n < most; n++) {
        if (await page.evaluate((id) => document.activeElement?.matches?.(id) ?? false, test)) return
        await page.keyboard.press(key)
      }
      throw new Error(`the keyboard does not reach ${test}`)
    }
    await to('[data-test=report]')
    assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), 'none', 'the focus is seen')
    await page.keyboard.press('Enter')
    await to('[data-test=matter-hazard]')
    await page.keyboard.press('Enter')
    await step(page, 1)
    await to('[data-test=place] summary')
    await page.keyboard.press('Enter')
    await to('[data-test=place-lon]')
    await page.keyboard.type(String(place.lon - 0.004))
    await to('[data-test=place-lat]')
    await page.keyboard.type(String(place.lat - 0.003))
    await page.keyboard.press('Tab')
    await page.waitForFunction(() => document.querySelector('[data-test=place-chosen] b'))
    await to('[data-test=next]')
    await page.keyboard.press('Enter')
    await step(page, 2)
    await to('[data-test=field-category] input')
    await page.keyboard.press('Space')
    await to('[data-test=next]')
    await page.keyboard.press('Enter')
    for (const n of [3, 4, 5]) {
      await step(page, n)
      // The new page takes the focus to its heading; until then the button in focus is still the old page's.
      await page.waitForFunction(() => document.activeElement?.getAttribute('tabindex') === '-1')
      await to('[data-test=next]')
      await page.keyboard.press('Enter')
    }
    await page.getByTestId('receipt').waitFor()
  })

  it('keeps a report made without a network and sends it once when there is one', async () => {
    const { page, context } = await visit()
    await page.goto('/')
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true))
    // Asked again and again from here: a promise inside waitForFunction would count as true at once.
    const kept = () => page.evaluate(async () => {
      const wanted = await (await fetch('/keep.json')).json()
      const here = (await (await caches.open('gongzhi-2')).keys()).map((one) => new URL(one.url).pathname)
      return [...wanted, '/api/city', '/api/public/matters'].every((path) => here.includes(path))
    })
    for (let n = 0; !await kept(); n++) { assert.ok(n < 100, 'the page keeps what it needs'); await page.waitForTimeout(200) }
    const taken = []
    context.on('request', (r) => { if (r.method() === 'POST' && r.url().endsWith('/api/public/cases')) taken.push(r) })
    await context.setOffline(true)
    await page.reload()
    await page.getByTestId('report').waitFor()
    await page.getByTestId('connection').waitFor()
    await page.getByTestId('report').click()
    await choose(page)
    // Without a network there is no map: the fields for coordinates open by themselves.
    await page.locator('[data-test=place] details[open]').waitFor().catch(async (cause) => { throw new Error(`${cause.message}\n${page.url()}\n${await page.locator('body').innerText()}`) })
    await page.getByTestId('place-lon').fill(String(place.lon + 0.008))
    await page.getByTestId('place-lat').fill(String(place.lat - 0.006))
    await page.getByTestId('place-lat').press('Tab')
    await page.waitForFunction(() => document.querySelector('[data-test=place-chosen] b'))
    await next(page)
    await step(page, 2)
    await chooseCategory(page, '标线缺失、磨损')
    await toPhotos(page)
    await page.getByTestId('photo-input').setInputFiles([{ name: '标线.jpg', mimeType: 'image/jpeg', buffer: jpeg() }])
    await page.locator('[data-state=waiting]').waitFor()
    await next(page); await step(page, 5)
    await next(page)
    await page.getByTestId('queued').waitFor()
    await accessible(page, 'a report that waits')
    await shot(page, 'receipt-offline-390-zh')
    const before = (await dispatcher.get('/api/cases?box=all&limit=1')).total
    await context.setOffline(false)
    await page.getByTestId('receipt').waitFor({ timeout: 20_000 })
    await page.evaluate(() => { window.dispatchEvent(new Event('online')); document.dispatchEvent(new Event('visibilitychange')) })
    await page.waitForTimeout(800)
    const after = (await dispatcher.get('/api/cases?box=all&limit=1')).total
    assert.equal(after - before, 1, 'one case, not two')
    assert.equal(await page.getByTestId('outbox').count(), 0, 'nothing waits')
    const [newest] = (await dispatcher.get('/api/cases?box=all&limit=1')).items
    const whole = await dispatcher.get(`/api/cases/${newest.id}`)
    assert.equal(whole.photos.length, 1, 'its photo came along')
  })

  it('asks no foreign host, and every screen without a mistake', async () => {
    for (const one of visits) one.fine()
    assert.equal(JSON.parse((await must(['ledger', 'verify', '--json', '--data', folder])).out).ok, true)
  })
})
