// Three flows that pictures cannot show, against the mock: report without a network (sent once when it is back),
// browser back = one step back with the draft kept, and the whole report by keyboard. Use: npm run build && npm run flows
import { chromium } from 'playwright-core'
import { spawn } from 'node:child_process'
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'

const port = Number(process.env.PORT ?? 8498), base = `http://127.0.0.1:${port}`
const mock = spawn(process.execPath, [fileURLToPath(new URL('mock.mjs', import.meta.url)), String(port)], { stdio: ['ignore', 'pipe', 'inherit'] })
await new Promise(done => mock.stdout.once('data', done))
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage', '--lang=zh-CN'] })
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
const open = async () => { const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' }); return { context, page: await context.newPage() } }
const fill = async page => {
  await page.locator('[data-test=place-search]').fill('中兴')
  await page.locator('[data-test=place-results] button').first().click()
  await page.locator('[data-test=place-chosen] b').waitFor()
  await page.locator('[data-test=next]').click()
  await page.locator('[data-test=field-category] label').first().click()
  await page.locator('[data-test=field-description] textarea').fill('路口东侧有坑洼')
  await page.locator('[data-test=next]').click()
}
let failed = 0
async function flow(name, run) { try { await run(); console.log(`✓ ${name}`) } catch (cause) { failed++; console.log(`✗ ${name}\n  ${cause.stack?.split('\n').slice(0, 4).join('\n  ')}`) } }

await flow('a report written without a network waits, survives a reload without a network, and is sent once', async () => {
  const { context, page } = await open(), sent = []
  page.on('request', q => { if (q.method() === 'POST' && q.url().endsWith('/api/public/cases')) sent.push(JSON.parse(q.postData())) })
  await page.goto(`${base}/#/report/1`)
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  await page.waitForFunction(async () => (await (await caches.open('gongzhi-1')).keys()).length > 5)
  await fill(page)
  await context.setOffline(true)
  await page.locator('[data-test=photo-input]').setInputFiles([{ name: 'hole.png', mimeType: 'image/png', buffer: png }])
  await page.locator('[data-state=waiting]').waitFor()
  await page.locator('[data-test=next]').click()
  await page.locator('[data-test=next]').click()
  await page.locator('[data-test=queued]').waitFor()
  sent.length = 0
  await page.reload()
  await page.locator('[data-test=outbox]').waitFor()
  assert.equal(sent.length, 0)
  await context.setOffline(false)
  await page.locator('[data-test=toast]').waitFor()
  await page.locator('[data-test=outbox]').waitFor({ state: 'detached' })
  await page.reload()
  await page.waitForTimeout(500)
  assert.equal(sent.length, 1)
  assert.equal(sent[0].photos.length, 1)
  assert.ok(sent[0].key.length >= 16)
  await context.close()
})
await flow('back is one step back, and the draft is there after a new start', async () => {
  const { context, page } = await open()
  await page.goto(`${base}/#/`)
  await page.locator('[data-test=report]').click()
  await fill(page)
  await page.goBack()
  assert.equal(await page.locator('[data-test=field-description] textarea').inputValue(), '路口东侧有坑洼')
  await page.goBack()
  await page.locator('[data-test=place-chosen] b').waitFor()
  await page.waitForTimeout(700)
  await page.goto(`${base}/?again#/`)
  await page.locator('[data-test=draft] a').click()
  await page.locator('[data-test=place-chosen] b').waitFor()
  await page.locator('[data-test=next]').click()
  assert.equal(await page.locator('[data-test=field-description] textarea').inputValue(), '路口东侧有坑洼')
  await context.close()
})
await flow('the whole report by keyboard, and the focus is never lost', async () => {
  const { context, page } = await open()
  await page.goto(`${base}/#/report/1`)
  await page.locator('[data-test=place-search]').waitFor()
  const tabTo = async selector => {
    for (let n = 0; n < 60; n++) { await page.keyboard.press('Tab'); if (await page.evaluate(s => document.activeElement?.matches(s), selector)) return }
    throw new Error(`Tab never reached ${selector}`)
  }
  await tabTo('[data-test=place-search]')
  await page.keyboard.type('中兴')
  await page.locator('[data-test=place-results] button').first().waitFor()
  await tabTo('[data-test=place-results] button')
  await page.keyboard.press('Enter')
  await page.locator('[data-test=place-chosen] b').waitFor()
  await tabTo('[data-test=next]')
  await page.keyboard.press('Enter')
  await tabTo('[data-test=field-category] input')
  await page.keyboard.press('Space')
  await tabTo('[data-test=field-description] textarea')
  await page.keyboard.type('坑洼很深')
  await tabTo('[data-test=next]')
  for (let n = 0; n < 2; n++) { await page.keyboard.press('Enter'); await page.waitForTimeout(200); await tabTo('[data-test=next]') }
  await page.keyboard.press('Enter')
  await page.locator('[data-test=receipt]').waitFor()
  await context.close()
})
await flow('inbox by keyboard: J, E signs, R asks for a reason, Esc closes', async () => {
  const { context, page } = await open()
  await page.setViewportSize({ width: 1280, height: 800 })
  await context.request.post(`${base}/api/session`, { data: { login: 'clerk', password: 'gongzhi-demo' }, headers: { 'X-Gongzhi': '1' } })
  await page.goto(`${base}/office#/inbox?box=all`)
  await page.locator('[data-row="0"]').waitFor()
  await page.keyboard.press('j'); await page.keyboard.press('j')
  await page.keyboard.press('r')
  await page.locator('[data-test=action-sheet]').waitFor()
  await page.keyboard.press('Escape')
  await page.locator('[data-test=action-sheet]').waitFor({ state: 'detached' })
  await page.keyboard.press('e')
  await page.locator('[data-test=toast]').waitFor()
  assert.match(await page.locator('[data-row="1"]').textContent(), /处理中/)
  await context.close()
})
await browser.close()
mock.kill()
process.exit(failed ? 1 : 0)
