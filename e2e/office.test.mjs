// The desks: the leader's figures down to their records, administration, what each role may not do, and a picture of every screen.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { accessible, mapReady, open, phone, shot, shots, signIn, visitor } from './support/browser.mjs'
import { away, demoCity, serve } from './support/gongzhi.mjs'
import { Office } from './support/office.mjs'
import { small } from './support/palette.mjs'

const sizes = { '1600x900': { viewport: { width: 1600, height: 900 } }, '1280x800': { viewport: { width: 1280, height: 800 } }, '390x844': { ...phone } }

describe('the office', { concurrency: false }, () => {
  let city, browser, folder, dispatcher, review
  const visits = []
  const visit = async (options) => { const one = await visitor(browser, city.base, options); visits.push(one); return one }
  before(async () => {
    folder = await demoCity()
    city = await serve(folder)
    browser = await open()
    dispatcher = await Office.enter(city.base, 'dispatcher')
    const { items } = await dispatcher.get('/api/cases?box=all&base=handle&limit=100')
    review = items.find((one) => one.source === 'hotspot') ?? items[0]
  }, { timeout: 240_000 })
  after(async () => { await browser?.close(); await city?.stop(); if (folder) away(folder) })

  it('gives the leader figures with their denominators, each down to its records', async () => {
    const { page, fine } = await visit()
    await signIn(page, 'leader')
    await page.goto('/office#/scoreboard')
    await page.getByTestId('scoreboard').waitFor()
    // A month that is over: in the running one live calls would move the figures while they are read.
    await page.locator('[data-test^=period-]').nth(1).click()
    const totals = page.getByTestId('totals').locator('li')
    await totals.first().waitFor()
    await page.waitForTimeout(400)
    assert.ok(await totals.count() >= 4, 'closure, on time, returns, repeats')
    let opened = 0
    for (const card of await totals.all()) {
      for (const button of (await card.getByRole('button').all())) {
        const figure = Number((await button.innerText()).replace(/\D+(?=\d+$)/, '').match(/(\d+)$/)[1])
        await button.click()
        const records = page.getByTestId('records')
        await records.waitFor()
        await page.waitForFunction(() => !document.querySelector('[data-test=records] .bone'))
        await records.locator('.records li, p.quiet').first().waitFor()
        const listed = await records.locator('.records li').count()
        const more = /共 ?(\d[\d,]*)|of (\d[\d,]*)/.exec(await records.innerText())
        const all = more && listed >= 100 ? Number((more[1] ?? more[2]).replace(/,/g, '')) : listed
        assert.equal(all, figure, `${await card.innerText()}: ${figure} in the figure, ${all} records`)
        opened++
        await page.keyboard.press('Escape')
        await records.waitFor({ state: 'detached' })
      }
    }
    assert.ok(opened >= 6, `${opened} figures opened`)
    // One unit's figure in the table, too.
    const [row] = await page.getByTestId('scoreboard').locator('tbody tr:has([data-test=figure])').all()
    const figure = row.getByTestId('figure').first()
    const n = Number(await figure.innerText())
    await figure.click()
    await page.getByTestId('records').locator('.records li, p.quiet').first().waitFor()
    assert.equal(await page.getByTestId('records').locator('.records li').count(), Math.min(n, 100))
    fine()
  })

  it('lets the administrator add a person, who can then enter', async () => {
    const { page, fine } = await visit()
    await signIn(page, 'admin')
    await page.goto('/office#/admin/people')
    await page.getByTestId('add-person').click()
    await page.getByTestId('person-save').click()
    await page.getByRole('alert').first().waitFor()
    await accessible(page, 'the form of a person, with errors')
    await page.getByTestId('person-name').fill('何指挥')
    await page.getByTestId('person-login').fill('dispatcher2')
    await page.getByTestId('person-password').fill('another-dispatcher')
    await page.getByTestId('person-unit').selectOption('brigade-2')
    await page.getByTestId('person-sheet').locator('input[value=clerk]').uncheck({ force: true })
    await page.getByTestId('person-sheet').locator('input[value=dispatcher]').check({ force: true })
    await page.getByTestId('person-save').click()
    await page.getByTestId('people').getByText('dispatcher2').waitFor()
    const made = await Office.enter(city.base, 'dispatcher2', 'another-dispatcher')
    assert.deepEqual(made.me.roles, ['dispatcher'])
    assert.equal(made.me.unit.id, 'brigade-2')
    fine()
  })

  it('lets nobody see what is not theirs', async () => {
    const clerk = await Office.enter(city.base, 'clerk')
    const closed = await clerk.send('GET', '/api/signals')
    assert.equal(closed.status, 403)
    assert.match(closed.body.message, /[\u4e00-\u9fff]/)
    const { items } = await dispatcher.get('/api/cases?box=all&unit=urban-management&limit=50')
    let foreign = null
    for (const one of items) if ((await clerk.send('GET', `/api/cases/${one.id}`)).status === 404) { foreign = one; break }
    assert.ok(foreign, 'a case of another unit is not found')
    const { page } = await visit()
    await signIn(page, 'clerk')
    assert.equal(await page.getByTestId('rail-console').count(), 0, 'no way to the console')
    await page.goto(`/office#/case/${foreign.id}`)
    await page.getByRole('alert').or(page.locator('.state')).first().waitFor()
    assert.doesNotMatch(await page.locator('main').innerText(), new RegExp(foreign.number))
    await page.goto('/office#/console')
    await page.waitForTimeout(500)
    assert.equal(await page.getByTestId('call').count(), 0, 'no call is shown')
    const admin = await Office.enter(city.base, 'admin')
    assert.equal((await admin.send('GET', '/api/cases?box=all')).status, 403, 'who runs the program does not read cases')
  })

  /** Every screen: who looks, where, and what must be there before it is looked at. */
  const screens = [
    { name: 'login', who: null, at: '/office#/login', there: (page) => page.getByTestId('demo-logins').waitFor(), axe: true },
    { name: 'console', who: 'dispatcher', at: '/office#/console', there: async (page, small) => { if (!small) await page.getByTestId('call').first().waitFor(); await mapReady(page) }, axe: true, en: true },
    { name: 'heat-minus', who: 'dispatcher', at: '/office#/console?heat=1&compare=minus', there: async (page, small) => { if (!small) await page.getByTestId('heat-figures').waitFor(); await mapReady(page) }, axe: true },
    { name: 'heat-beside', who: 'dispatcher', at: '/office#/console?heat=1&compare=beside', there: async (page) => mapReady(page) },
    { name: 'inbox', who: 'dispatcher', at: '/office#/inbox?box=all', there: (page) => page.locator('[data-row]').first().waitFor(), axe: true, en: true },
    { name: 'matter', who: 'dispatcher', at: () => `/office#/case/${review.id}`, there: async (page) => { await page.getByTestId('stage').waitFor(); await mapReady(page).catch(() => {}) }, axe: true, en: true },
    { name: 'hotspots', who: 'analyst', at: '/office#/hotspots', there: async (page) => { await page.getByTestId('hotspot-row').first().waitFor(); await mapReady(page) }, axe: true },
    { name: 'hotspot', who: 'analyst', at: '/office#/hotspots', there: async (page) => { await page.getByTestId('hotspot-row').first().click(); await page.getByTestId('make-hazard').waitFor(); await page.waitForTimeout(500); await mapReady(page) }, axe: true },
    { name: 'scoreboard', who: 'leader', at: '/office#/scoreboard', there: (page) => page.getByTestId('scoreboard').waitFor(), axe: true },
    { name: 'admin-people', who: 'admin', at: '/office#/admin/people', there: (page) => page.getByTestId('people').waitFor(), axe: true },
    { name: 'admin-units', who: 'admin', at: '/office#/admin/units', there: (page) => page.locator('main table, main [role=tree], main ul li').first().waitFor(), axe: true },
    { name: 'admin-ledger', who: 'admin', at: '/office#/admin/ledger', there: (page) => page.waitForTimeout(600), axe: true },
    { name: 'new', who: 'dispatcher', at: '/office#/new/hazard', there: async (page) => { await page.getByTestId('open-case').waitFor(); await mapReady(page).catch(() => {}) }, axe: true },
  ]
  const cookies = new Map()
  const look = async (options, language, each) => {
    for (const who of [...new Set(screens.map((s) => s.who))]) {
      if (language === 'en' && !screens.some((s) => s.who === who && s.en)) continue
      const one = await visit(options)
      if (language === 'en') await one.context.addInitScript(() => { if (location.protocol === 'http:') localStorage.setItem('gongzhi.language', 'en') })
      if (who) {
        if (!cookies.has(who)) cookies.set(who, (await Office.enter(city.base, who)).cookie.split('=')[1])
        await one.context.addCookies([{ name: 'gz_session', value: cookies.get(who), url: city.base }])
      }
      for (const screen of screens.filter((s) => s.who === who && (language === 'zh' || s.en))) {
        await one.page.goto('about:blank')
        await one.page.goto(typeof screen.at === 'string' ? screen.at : screen.at())
        await each(screen, one.page)
      }
      await one.context.close()
    }
  }
  const faults = []
  for (const [size, options] of Object.entries(sizes)) {
    it(`looks right at ${size}`, async () => {
      await look(options, 'zh', async (screen, page) => {
        await screen.there(page, size.startsWith('390')).catch((cause) => { throw new Error(`${screen.name} at ${size}: ${cause.message}`) })
        await shot(page, `${screen.name}-${size}-zh`)
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        if (wide > 0) faults.push(`${screen.name} at ${size}: ${wide} px wider than the window`)
        if (screen.axe && (size === '1600x900' || (size === '390x844' && screen.en))) await accessible(page, `${screen.name} at ${size}`).catch((cause) => faults.push(cause.message))
      })
      assert.deepEqual(faults.splice(0), [])
    })
  }
  it('speaks English', async () => {
    await look(sizes['1280x800'], 'en', async (screen, page) => {
      await screen.there(page, false)
      await shot(page, `${screen.name}-1280x800-en`)
    })
  })

  it('keeps the pictures of the documents', { skip: process.env.BLESS_SCREENSHOTS !== '1' && 'only with BLESS_SCREENSHOTS=1' }, async () => {
    const one = await visit(phone)
    await one.page.goto('/')
    await one.page.getByTestId('report').waitFor()
    await shot(one.page, 'portal-home-390x844-zh')
    const closed = (await dispatcher.get('/api/cases?box=all&base=handle&limit=100')).items.find((c) => c.source === 'public') ?? review
    await one.page.goto(`/#/t/${closed.number}`)
    await one.page.getByTestId('track').waitFor()
    await one.page.waitForLoadState('networkidle')
    await shot(one.page, 'track-390x844-zh')
    const docs = join(import.meta.dirname, '../docs/screenshots')
    mkdirSync(docs, { recursive: true })
    for (const [from, to] of [['console-1280x800', 'console'], ['heat-minus-1280x800', 'heat-minus'], ['hotspot-1280x800', 'hotspots'], ['inbox-1280x800', 'inbox'], ['matter-1280x800', 'matter'], ['scoreboard-1280x800', 'scoreboard'], ['portal-home-390x844', 'portal-phone'], ['track-390x844', 'track-phone']]) {
      const { png, colors, width } = await small(one.page, readFileSync(join(shots, `${from}-zh.png`)))
      assert.ok(png.length <= 150_000, `${to}.png has ${png.length} bytes`)
      writeFileSync(join(docs, `${to}.png`), png)
      console.log(`# docs/screenshots/${to}.png: ${(png.length / 1000).toFixed(0)} kB, ${width} px, ${colors} colours`)
    }
  })

  it('asks no foreign host', () => { for (const one of visits) one.fine() })
})
