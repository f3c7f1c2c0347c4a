// The analysis desk on the real program: brushes, layers, comparison, evidence, exports, black spots by rule, forecast, repeat calls.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { accessible, desk, mapReady, open, shot, signIn, visitor } from './support/browser.mjs'
import { away, demoCity, serve } from './support/gongzhi.mjs'
import { Office } from './support/office.mjs'

const hash = (page) => page.evaluate(() => decodeURIComponent(location.hash))
const eventually = async (page, what, test) => { for (let n = 0; n < 100; n++) { if (await test()) return; await page.waitForTimeout(100) } assert.fail(what) }
const textOf = async (download) => Buffer.concat(await (await download.createReadStream()).toArray()).toString()

describe('the analysis desk', { concurrency: false }, () => {
  let city, browser, folder, analyst
  const visits = []
  const enter = async (options) => { const one = await visitor(browser, city.base, { ...desk, acceptDownloads: true, ...options }); visits.push(one); await signIn(one.page, 'analyst'); return one.page }
  before(async () => {
    folder = await demoCity()
    city = await serve(folder)
    browser = await open()
    analyst = await Office.enter(city.base, 'analyst')
  }, { timeout: 240_000 })
  after(async () => { await browser?.close(); await city?.stop(); if (folder) away(folder) })

  it('answers while the window is dragged, and keeps what is seen in the address', async () => {
    const page = await enter()
    await page.goto('/office#/hotspots?layer=streets')
    await page.getByTestId('hotspot-row').first().waitFor({ timeout: 30_000 })
    await page.getByTestId('time-brush').waitFor()
    await mapReady(page)
    const seen = new Set(), pad = await page.getByTestId('brush-window').boundingBox()
    await page.mouse.move(pad.x + pad.width / 2, pad.y + pad.height / 2)
    await page.mouse.down()
    for (let n = 1; n <= 30; n++) { await page.mouse.move(pad.x - n * 10, pad.y + 4); await page.waitForTimeout(80); seen.add(await page.getByTestId('basis').innerText()) }
    await page.mouse.up()
    await eventually(page, 'the address follows', async () => /period=custom&from=.*to=/.test(await hash(page)))
    assert.ok(seen.size > 2, `${seen.size} different answers on the way`)
    await page.getByTestId('brush-window').focus()
    const before = await hash(page)
    await page.keyboard.press('Shift+ArrowLeft')
    await eventually(page, 'keys move it', async () => (await hash(page)) !== before)
    await shot(page, 'workbench-brush')
  })

  it('takes hours of the week from the matrix', async () => {
    const page = await enter()
    await page.goto('/office#/hotspots')
    const cells = page.locator('.week-cells')
    await cells.waitFor({ timeout: 30_000 })
    const box = await cells.boundingBox()
    await page.mouse.move(box.x + box.width * 17.5 / 24, box.y + box.height * 0.5 / 7)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 19.5 / 24, box.y + box.height * 4.5 / 7, { steps: 4 })
    await page.mouse.up()
    await eventually(page, 'filters', async () => /hours=17-19/.test(await hash(page)) && /weekdays=1-5/.test(await hash(page)))
    await page.getByTestId('week-clear').click()
    await eventually(page, 'none', async () => !/hours=/.test(await hash(page)))
  })

  it('compares two periods on streets and hexagons with significance', async () => {
    const page = await enter()
    for (const layer of ['streets', 'hexagons']) {
      await page.goto(`/office#/hotspots?layer=${layer}&compare=minus&period=365`)
      const figures = page.getByTestId('heat-figures')
      await figures.waitFor({ timeout: 30_000 })
      await mapReady(page)
      assert.match(await figures.innerText(), /对比期[\s\S]*比值/)
      await shot(page, `workbench-${layer}-minus`)
    }
    await accessible(page, 'hexagons, compared')
  })

  it('exports files that say what they rest on', async () => {
    const page = await enter()
    await page.goto('/office#/hotspots')
    await page.getByTestId('hotspot-row').first().waitFor({ timeout: 30_000 })
    const [csv] = await Promise.all([page.waitForEvent('download'), page.getByTestId('export-csv').click()])
    assert.match(await textOf(csv), /n = [\d,]+[\s\S]*演示数据/)
    const [geo] = await Promise.all([page.waitForEvent('download'), page.getByTestId('export-geojson').click()])
    const file = JSON.parse(await textOf(geo))
    assert.ok(file.features.length > 5 && file.basis.n > 0 && file.basis.synthetic === true && file.basis.method && file.basis.source)
    const brief = await page.request.get(await page.getByTestId('export-pdf').getAttribute('href'))
    assert.equal((await brief.body()).subarray(0, 5).toString(), '%PDF-')
  })

})
