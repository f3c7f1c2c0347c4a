// Drives the risk screens of the mock as a person does: brushes by pointer and keys, comparing rules, listing, correcting.
// Use: npm run build && node dev/risk-flows.mjs. Fails on anything that does not answer.
import assert from 'node:assert/strict'
import { chromium } from 'playwright-core'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const port = Number(process.env.PORT ?? 8503), base = `http://127.0.0.1:${port}`
const mock = spawn(process.execPath, [`${here}mock.mjs`, String(port)], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, MOCK_PACE: '600000' } })
await new Promise((done) => mock.stdout.once('data', done))
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage', '--lang=zh-CN'], env: { ...process.env, LANGUAGE: 'zh_CN' } })
const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce', acceptDownloads: true })
context.setDefaultTimeout(15_000)
const page = await context.newPage(), errors = []
page.on('pageerror', (e) => errors.push(e.message))
await context.request.post(`${base}/api/session`, { data: { login: 'analyst', password: 'gongzhi-demo' }, headers: { 'X-Gongzhi': '1' } })
const at = (id) => page.locator(`[data-test="${id}"]`)
const hash = () => page.evaluate(() => decodeURIComponent(location.hash))
const eventually = async (what, test) => { for (let n = 0; n < 60; n++) { if (await test()) return; await page.waitForTimeout(100) } assert.fail(what) }
const step = async (name, run) => { try { await run(); console.log(`✓ ${name}`) } catch (cause) { console.log(`✗ ${name}\n  ${String(cause).split('\n').slice(0, 6).join('\n  ')}`); process.exitCode = 1 } }

await page.goto(`${base}/office#/hotspots?layer=streets`)
await at('time-brush').waitFor()
await at('hotspot-row').first().waitFor()
await step('the map and the list answer while the window is dragged', async () => {
  const asked = []
  page.on('request', (q) => { if (/street-density|api\/hotspots\?/.test(q.url())) asked.push(q.url()) })
  const before = await at('basis').innerText()
  const pad = await at('brush-window').boundingBox()
  await page.mouse.move(pad.x + pad.width / 2, pad.y + pad.height / 2)
  await page.mouse.down()
  let seen = new Set()
  for (let n = 1; n <= 25; n++) { await page.mouse.move(pad.x - n * 12, pad.y + 5); await page.waitForTimeout(60); seen.add(await at('basis').innerText()) }
  assert.doesNotMatch(await hash(), /period=custom/, 'the address waits for the hand')
  await page.mouse.up()
  await eventually('the address follows', async () => /period=custom&from=\d{4}-\d\d-\d\d&to=/.test(await hash()))
  assert.ok(asked.length > 3, `${asked.length} requests on the way`)
  assert.ok(seen.size > 2, `${seen.size} different pictures on the way`)
  assert.notEqual(await at('basis').innerText(), before)
})
await step('arrows move the window, shift goes further, the ends stretch it', async () => {
  const from = async () => Date.parse(/from=([\d-]+)/.exec(await hash())[1]), to = async () => Date.parse(/to=([\d-]+)/.exec(await hash())[1])
  const [a, b] = [await from(), await to()]
  await at('brush-window').focus()
  await page.keyboard.press('ArrowLeft')
  await eventually('one day back', async () => (await from()) === a - 864e5 && (await to()) === b - 864e5)
  await page.keyboard.press('Shift+ArrowRight')
  await eventually('a week on', async () => (await from()) === a + 6 * 864e5)
  await at('brush-start').focus()
  await page.keyboard.press('Shift+ArrowLeft')
  await eventually('longer by a week', async () => (await from()) === a - 864e5 && (await to()) === b + 6 * 864e5)
})
await step('cells of the week become filters and go again', async () => {
  const box = await page.locator('.week-cells').boundingBox()
  const cell = (day, hour) => [box.x + (hour + 0.5) * box.width / 24, box.y + (day + 0.5) * box.height / 7]
  await page.mouse.move(...cell(0, 17)); await page.mouse.down(); await page.mouse.move(...cell(4, 19), { steps: 5 }); await page.mouse.up()
  await eventually('hours and weekdays', async () => /hours=17-19/.test(await hash()) && /weekdays=1-5/.test(await hash()))
  assert.match(await at('week-words').innerText(), /周一至周五.*17–19/)
  await page.locator('.week-cells [tabindex="0"]').focus()
  await page.keyboard.press('Shift+ArrowRight'); await page.keyboard.press('Shift+ArrowDown')
  await eventually('by keys', async () => /hours=17-18/.test(await hash()) && /weekdays=1-2/.test(await hash()))
  await page.keyboard.press('Escape')
  await eventually('cleared', async () => !/hours=|weekdays=/.test(await hash()))
})
await step('layers and comparisons are told by the address', async () => {
  for (const layer of ['heat', 'hexagons', 'rules', 'streets']) { await at(`layer-${layer}`).check({ force: true }); await at('heat-figures').waitFor(); assert.match(await hash(), new RegExp(`layer=${layer}`)) }
  await at('layer-compare-minus').check({ force: true })
  await eventually('figures of both periods', async () => /对比期/.test(await at('heat-figures').innerText()))
  await page.locator('[data-test=legend] .more summary').click()
  await at('then').selectOption('before')
  await eventually('the span just before', async () => /then=before/.test(await hash()))
  await at('then').selectOption('custom')
  await at('then-from').fill('2025-03-01')
  await eventually('days of one\'s own', async () => /then=custom&.*then_from=2025-03-01|then_from=2025-03-01.*then=custom/.test(await hash()) && /2025-03-01 – /.test(await at('heat-figures').innerText()))
  await page.goto(`${base}/office#/hotspots?layer=minus`)
  await eventually('an address of before still opens', async () => page.locator('[data-test="layer-heat"]').isChecked())
})
await step('exports carry their basis', async () => {
  for (const [id, test] of [['csv', /n = [\d,]+.*演示数据/s], ['geojson', /"basis":\{.*"synthetic":true/s]]) {
    const [file] = await Promise.all([page.waitForEvent('download'), at(`export-${id}`).click()])
    const text = await (await file.createReadStream()).toArray().then((parts) => Buffer.concat(parts).toString())
    assert.match(text, test)
  }
  const [png] = await Promise.all([page.waitForEvent('download'), at('export-png').click()])
  assert.match(png.suggestedFilename(), /\.png$/)
  assert.match(await at('export-pdf').getAttribute('href'), /brief\.pdf\?.*rank=/)
})
await step('the profile tells its evidence', async () => {
  await at('hotspot-row').first().click()
  await page.locator('[data-test=spot-evidence] .patterns li').first().waitFor()
  const text = await at('spot-evidence').innerText()
  for (const word of [/经验贝叶斯/, /95% 区间/, /确实偏多的把握 P/, /Gi\*/, /追尾/, /p = /]) assert.match(text, word)
})
await step('two rules on the same records; listing needs a reason', async () => {
  await at('risk-black-spots').click()
  await at('black-row').first().waitFor()
  await at('unconfirmed').first().waitFor()
  await at('against').selectOption({ index: 1 })
  await at('compare-counts').waitFor()
  await at('against').selectOption('')
  await page.locator('tr:has-text("新检出") [data-test=black-row]').first().click()
  await at('list-spot').click()
  await at('listing-go').click()
  await page.getByText('请写明理由').waitFor()
  await at('listing-reason').fill('三年 5 起以上，现场勘查属实')
  await at('listing-go').click()
  await page.locator('[data-test=black-detail] .tag:has-text("已挂牌")').waitFor()
})
await step('the forecast: cell, hours, a week that is over', async () => {
  await at('risk-forecast').click()
  await at('cell-row').first().click()
  await eventually('hours of the cell', async () => /168 小时：/.test(await page.locator('.lay .hours h2').first().innerText()))
  await at('all-city').click()
  for (let n = 0; n < 2; n++) { await at('week-earlier').click(); await page.waitForTimeout(800) }
  await at('calibration').waitFor()
  assert.match(await at('score-words').innerText(), /区间.*兜住/s)
})
await step('repeat calls: the sum, and a correction with a reason', async () => {
  await at('risk-repeats').click()
  assert.match(await at('repeat-sum').innerText(), /[\d,]+ ÷ [\d,]+ = \d+\.\d\d%/)
  await at('cluster-row').first().click()
  await at('pick-0').check(); await at('pick-1').check()
  await at('correction-go').click()
  await page.getByText('请选择两者的关系').waitFor()
  await at('relation-different').check()
  await at('correction-reason').fill('两个方向的两件事')
  await at('correction-go').click()
  await page.getByText('已更正').waitFor()
})
await step('no error in the page', async () => assert.deepEqual(errors, []))
await browser.close()
mock.kill()
