// Drives every screen of the mock in Chromium, runs axe on each, takes pictures into dev/shots/.
// Use: npm run build && npm run shots [-- name-part ...]. Fails on any axe violation, page error, CSP violation or request to a foreign host.
import { AxeBuilder } from '@axe-core/playwright'
import { chromium } from 'playwright-core'
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url)), out = `${here}shots`
mkdirSync(out, { recursive: true })
const port = Number(process.env.PORT ?? 8497), base = `http://127.0.0.1:${port}`
const wanted = process.argv.slice(2)
const mock = spawn(process.execPath, [`${here}mock.mjs`, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] })
await new Promise(done => mock.stdout.once('data', done))
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage', '--font-render-hinting=none', '--lang=zh-CN'], env: { ...process.env, LANGUAGE: 'zh_CN' } })
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

const sizes = { wide: [1600, 900], desk: [1280, 800], phone: [390, 844] }
const upTo = step => async page => {
  await page.locator('[data-test=place-search]').fill('中兴')
  await page.locator('[data-test=place-results] button').first().click()
  await page.locator('[data-test=place-chosen] b').waitFor()
  if (step === 1) { await page.locator('[data-test=nearby]').waitFor(); return }
  await page.locator('[data-test=next]').click()
  await page.locator('[data-test=field-category] label').first().click()
  await page.locator('[data-test=field-description] textarea').fill('路口东侧直行车道有约 1.2 米的坑洼')
  if (step === 2) return
  await page.locator('[data-test=next]').click()
  await page.locator('[data-test=photo-input]').setInputFiles([{ name: 'hole.png', mimeType: 'image/png', buffer: png }])
  await page.locator('[data-state=sent]').waitFor()
  if (step === 3) return
  await page.locator('[data-test=next]').click()
  if (step === 4) return
  await page.locator('[data-test=next]').click()
  await page.locator('[data-test=receipt] ').waitFor()
  await page.locator('figure svg').waitFor()
}
const screens = [
  ['portal-home', '/', 'phone desk'], ['portal-home-elder', '/', 'phone', async p => { await p.locator('[data-test=elder]').click() }],
  ['portal-1', '/#/report/1', 'phone desk', upTo(1)], ['portal-1-empty', '/#/report/1', 'phone', async p => { await p.locator('[data-test=next]').click(); await p.locator('[data-test=problem]').waitFor() }],
  ['portal-2', '/#/report/1', 'phone desk', upTo(2)], ['portal-2-errors', '/#/report/1', 'phone', async p => { await upTo(1)(p); await p.locator('[data-test=next]').click(); await p.locator('[data-test=field-category]').waitFor(); await p.locator('[data-test=next]').click(); await p.locator('[data-test=form-errors]').waitFor() }],
  ['portal-3', '/#/report/1', 'phone', upTo(3)], ['portal-4', '/#/report/1', 'phone', upTo(4)], ['portal-receipt', '/#/report/1', 'phone desk', upTo(5)],
  ['portal-track', '/#/t/abc', 'phone desk', async p => { await p.locator('[data-test=contest-open]').click() }], ['portal-track-missing', '/#/t/missing', 'phone'], ['portal-mine-empty', '/#/mine', 'phone'], ['portal-help', '/#/help', 'phone'],
  ['login', '/office', 'wide phone'], ['login-wrong', '/office', 'desk', async p => { await p.locator('[data-test=login-enter]').click(); await p.locator('[data-test=login-error]').waitFor() }],
  ['inbox', '/office#/inbox?box=all', 'wide desk phone', null, true], ['inbox-drawer', '/office#/inbox?box=all', 'wide', async p => { await p.keyboard.press('j'); await p.keyboard.press('j'); await p.keyboard.press('Enter'); await p.locator('[data-test=preview]').waitFor() }, true],
  ['inbox-empty', '/office#/inbox?box=all&q=zzzz', 'desk phone', null, true], ['inbox-dark', '/office#/inbox?box=all', 'desk', async p => { await p.evaluate(() => localStorage.setItem('gongzhi.theme', 'dark')); await p.reload(); await p.locator('table tbody tr').first().waitFor() }, true],
  ['case', '/office#/case/c3', 'wide desk phone', null, true], ['case-route', '/office#/case/c0', 'wide', null, true], ['case-done', '/office#/case/c5', 'wide phone', null, true],
  ['case-act', '/office#/case/c3', 'desk phone', async p => { await p.locator('[data-test=action-submit]').click(); await p.locator('[data-test=action-sheet]').waitFor() }, true], ['case-return', '/office#/case/c1', 'desk', async p => { await p.locator('[data-test=action-return]').click(); await p.locator('[data-test=action-sheet]').waitFor() }, true],
  ['case-dark', '/office#/case/c3', 'desk', async p => { await p.evaluate(() => localStorage.setItem('gongzhi.theme', 'dark')); await p.reload(); await p.locator('[data-test=timeline]').waitFor() }, true],
  ['case-missing', '/office#/case/nope', 'desk', null, true], ['new', '/office#/new/hazard', 'wide phone', null, true],
  ['scoreboard', '/office#/scoreboard', 'wide desk phone', null, true], ['scoreboard-records', '/office#/scoreboard', 'wide', async p => { await p.locator('[data-test=figure]').first().click(); await p.locator('[data-test=records] li').first().waitFor() }, true],
  ['admin-units', '/office#/admin/units', 'wide phone', null, true], ['admin-people', '/office#/admin/people', 'wide phone', null, true], ['admin-person', '/office#/admin/people', 'desk', async p => { await p.locator('[data-test=add-person]').click(); await p.locator('[data-test=person-sheet]').waitFor() }, true], ['admin-matters', '/office#/admin/matters', 'wide', null, true], ['admin-events', '/office#/admin/events', 'wide phone', null, true], ['admin-ledger', '/office#/admin/ledger', 'desk', async p => { await p.locator('[data-test=verify]').click(); await p.locator('[data-test=verified]').waitFor() }, true],
  ['command', '/office#/inbox', 'desk', async p => { await p.keyboard.press('Control+k'); await p.locator('[data-test=command-bar]').waitFor() }, true], ['shortcuts', '/office#/inbox', 'desk phone', async p => { await p.keyboard.press('?'); await p.locator('.shortcuts').waitFor() }, true], ['menu', '/office#/inbox', 'desk phone', async p => { await p.locator('[data-test=user-menu]').click() }, true],
]
let bad = 0, shots = 0
for (const [name, path, at, act, inside] of screens) for (const size of at.split(' ')) for (const lang of ['zh', 'en']) {
  const full = `${name}-${size}-${lang}`
  if (wanted.length && !wanted.some(part => full.includes(part))) continue
  const phone = size === 'phone', [width, height] = sizes[size]
  const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: 1, isMobile: phone, hasTouch: phone, locale: lang === 'zh' ? 'zh-CN' : 'en-GB', timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce' })
  const page = await context.newPage(), faults = []
  page.on('pageerror', e => faults.push(`page error: ${e.message}`))
  page.on('console', m => { if (m.type() === 'error' && !/status of (401|404|409|422)/.test(m.text())) faults.push(`console: ${m.text()}`) })
  page.on('request', q => { if (!q.url().startsWith(base) && !/^(blob|data):/.test(q.url())) faults.push(`foreign: ${q.url()}`) })
  await page.addInitScript(l => localStorage.setItem('gongzhi.language', l), lang)
  if (inside) await context.request.post(`${base}/api/session`, { data: { login: 'clerk', password: 'gongzhi-demo' }, headers: { 'X-Gongzhi': '1' } })
  try {
    await page.goto(base + path)
    await page.locator('main').first().waitFor()
    await page.waitForTimeout(250)
    await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'))
    if (act) await act(page)
    await page.waitForTimeout(350)
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    if (over > 1) faults.push(`scrolls sideways by ${over} px`)
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze()
    for (const v of violations) faults.push(`axe ${v.id}: ${v.nodes.slice(0, 3).map(n => `${n.target.join(' ')} ${(n.any[0] ?? n.all[0] ?? n.none[0])?.message ?? ''}`).join(' | ')}`)
  } catch (cause) { faults.push(String(cause).split('\n').slice(0, 4).join(' ')) }
  await page.screenshot({ path: `${out}/${full}.png`, fullPage: phone }).catch(() => {})
  shots++
  if (faults.length) { bad++; console.log(`✗ ${full}\n   ${faults.join('\n   ')}`) }
  await context.close()
}
await browser.close()
mock.kill()
console.log(`${shots} screens, ${bad} with faults, axe on each`)
process.exit(bad ? 1 : 0)
