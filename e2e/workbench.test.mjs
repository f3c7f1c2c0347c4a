// The analysis desk on the real program: brushes, layers, comparison, evidence, exports, black spots by rule, forecast, repeat calls.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { accessible, desk, mapReady, open, phone, shot, signIn, visitor } from './support/browser.mjs'
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

  it('says in every answer how many, when, how and from where', async () => {
    const bbox = (await analyst.get('/api/city')).bounds.join(',')
    for (const path of [`/api/street-density?bbox=${bbox}`, `/api/hexagons?bbox=${bbox}`, '/api/time', '/api/hotspots', '/api/black-spots']) {
      const answer = await analyst.get(path)
      assert.equal(typeof answer.n, 'number', `${path}: n`)
      assert.equal(answer.period?.length, 2, `${path}: period`)
      assert.ok(answer.method, `${path}: method`)
      assert.ok(answer.source, `${path}: source`)
      assert.equal(answer.synthetic, true, `${path}: the demo city is marked`)
    }
  })

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

  it('counts on the bars what the filter lets through, whatever part of it is looked at', async () => {
    const page = await enter()
    await page.goto('/office#/hotspots?period=custom&from=2026-01-01&to=2026-03-31')
    await page.getByTestId('basis').waitFor({ timeout: 30_000 })
    const bars = Number(/n = ([\d,]+)/.exec(await page.getByTestId('time-brush').innerText())[1].replace(/,/g, ''))
    const day = (text) => Date.parse(`${text}T00:00:00+08:00`)
    const { n } = await analyst.get(`/api/time?kind=call,crash&from=${day('2026-01-01')}&to=${day('2026-04-01')}`)
    assert.equal(bars, n, 'bars and records')
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

  it('ranks by five measures, and tells the evidence of a place', async () => {
    const page = await enter()
    for (const rank of ['excess', 'count', 'score', 'gi', 'rate']) {
      await page.goto(`/office#/hotspots?rank=${rank}`)
      await page.getByTestId('hotspot-row').first().waitFor({ timeout: 30_000 })
      const ranks = (await page.locator('.rank-mark').allInnerTexts()).map(Number)
      assert.deepEqual(ranks.slice(0, 10), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].slice(0, ranks.length), rank)
    }
    await page.getByTestId('hotspot-row').first().click()
    const evidence = page.getByTestId('spot-evidence')
    await evidence.getByText('经验贝叶斯估计').waitFor({ timeout: 30_000 })
    for (const word of [/应有/, /95% 区间/, /P [=<>]/, /Gi\*/, /每公里/]) assert.match(await evidence.innerText(), word)
    const pdf = await page.request.get(await page.getByTestId('evidence-pdf').getAttribute('href'))
    assert.equal(pdf.status(), 200)
    assert.equal((await pdf.body()).subarray(0, 5).toString(), '%PDF-')
    await accessible(page, 'the evidence of a place')
    await shot(page, 'workbench-evidence')
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

  it('lists a black spot by a rule, with the mark of a rule nobody has confirmed', async () => {
    const page = await enter()
    await page.goto('/office#/black-spots')
    await page.getByTestId('rule-card').first().waitFor({ timeout: 30_000 })
    const { rules } = await analyst.get('/api/black-spots')
    const unsure = rules.find((one) => !one.confirmed)
    if (unsure) {
      await page.getByTestId('rule').selectOption(unsure.id)
      await page.getByTestId('unconfirmed').first().waitFor()
    }
    await page.getByTestId('against').selectOption({ index: 1 })
    await page.getByTestId('compare-counts').waitFor()
    await accessible(page, 'two rules')
    await shot(page, 'black-spots-two')
    await page.getByTestId('against').selectOption('')
    // A rule that names places in the demo city.
    for (const rule of rules) {
      const { items } = await analyst.get(`/api/black-spots?rule=${rule.id}`)
      if (!items.some((one) => one.status === 'found')) continue
      await page.goto(`/office#/black-spots/${encodeURIComponent(items.find((one) => one.status === 'found').key)}?rule=${rule.id}`)
      await page.getByTestId('list-spot').click()
      await page.getByTestId('listing-go').click()
      await page.getByText('请写明理由').waitFor()
      await page.getByTestId('listing-reason').fill('按规则检出，现场勘查属实')
      await page.getByTestId('listing-go').click()
      await page.getByTestId('delist-spot').waitFor()
      return
    }
    assert.fail('no rule names a place in the demo city')
  })

  it('shows the coming week with intervals, and a past week beside what happened', async () => {
    // The first forecasts of a new city are made in the background, the coming week's first, those of weeks gone by last.
    const looked = async () => { const { weeks } = await analyst.get('/api/forecast'); return (await Promise.all(weeks.map((week) => analyst.get(`/api/forecast?week=${week}`)))).find((one) => one.score) }
    let past
    for (let n = 0; n < 90 && !past; n++) { past = await looked(); if (!past) await new Promise((done) => setTimeout(done, 2_000)) }
    assert.ok(past && past.n_actual !== null, 'a week that is over is scored')
    const page = await enter()
    await page.goto('/office#/forecast')
    await page.getByTestId('cell-row').first().waitFor({ timeout: 60_000 })
    await mapReady(page)
    await accessible(page, 'the forecast')
    await page.getByTestId('cell-row').first().click()
    await page.getByTestId('all-city').waitFor()
    await page.goto(`/office#/forecast?week=${past.week}`)
    await page.getByTestId('calibration').waitFor({ timeout: 30_000 })
    assert.match(await page.getByTestId('score-words').innerText(), /区间[\s\S]*兜住[\s\S]*最近四周/)
    await mapReady(page)
    await shot(page, 'forecast-past')
  })

  it('prints the rate of repeat calls with its sum, and learns from a correction', async () => {
    const page = await enter()
    await page.goto('/office#/repeats?period=90')
    const sum = page.getByTestId('repeat-sum')
    await sum.waitFor({ timeout: 30_000 })
    const [, repeats, calls, rate] = /([\d,]+) ÷ ([\d,]+) = ([\d.]+)%/.exec(await sum.innerText())
    const n = (text) => Number(text.replace(/,/g, ''))
    assert.equal(((n(repeats) / n(calls)) * 100).toFixed(2), rate, 'the sum can be done again')
    await page.getByTestId('cluster-row').first().click()
    await page.getByTestId('pick-0').check()
    await page.getByTestId('pick-1').check()
    await page.getByTestId('relation-different').check()
    await page.getByTestId('correction-reason').fill('回访：两件不同的事')
    await page.getByTestId('correction-go').click()
    await page.getByText('已更正').waitFor()
    await accessible(page, 'repeat calls')
    await shot(page, 'repeats')
  })

  it('works on a phone, in both languages, without scrolling sideways', async () => {
    for (const language of ['zh', 'en']) {
      const page = await enter(phone)
      await page.evaluate((l) => localStorage.setItem('gongzhi.language', l), language)
      await page.reload()
      for (const [path, there] of [['hotspots', 'hotspot-row'], ['black-spots', 'rule-card'], ['forecast', 'cell-row'], ['repeats', 'repeat-sum']]) {
        await page.goto(`/office#/${path}`)
        await page.getByTestId(there).first().waitFor({ timeout: 60_000 })
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, `${path} in ${language}`)
        await accessible(page, `${path} on a phone in ${language}`)
        await shot(page, `risk-${path}-390x844-${language}`)
      }
    }
  })

  it('had no fault in any page', () => { for (const one of visits) one.fine() })
})
