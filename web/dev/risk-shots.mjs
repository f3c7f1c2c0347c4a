// Drives the risk screens of the mock in Chromium at several sizes, axe on each, pictures into dev/shots/.
// Use: npm run build && node dev/risk-shots.mjs [name-part ...]. Fails on any axe violation, page error or sideways scroll.
import { AxeBuilder } from '@axe-core/playwright'
import { chromium } from 'playwright-core'
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url)), out = `${here}shots`
mkdirSync(out, { recursive: true })
const port = Number(process.env.PORT ?? 8499), base = `http://127.0.0.1:${port}`
const wanted = process.argv.slice(2)
const mock = spawn(process.execPath, [`${here}mock.mjs`, String(port)], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, MOCK_PACE: '600000' } })
await new Promise((done) => mock.stdout.once('data', done))
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage', '--font-render-hinting=none', '--lang=zh-CN'], env: { ...process.env, LANGUAGE: 'zh_CN' } })
const test = (page, id) => page.locator(`[data-test="${id}"]`)
const drawn = (page) => page.waitForFunction(() => window.__mapReady === true, null, { timeout: 30_000 }).catch(() => {})
const rows = async (page, id) => { await test(page, id).first().waitFor({ state: 'attached' }) }
const tab = (name) => async (page, phone) => { if (phone) await test(page, `tab-${name}`).click() }
const screens = [
  ['bench-spots', '/office#/hotspots', async (p) => rows(p, 'hotspot-row')],
  ['bench-map', '/office#/hotspots', async (p, phone) => { await rows(p, 'hotspot-row'); await tab('map')(p, phone) }, 'phone'],
  ['bench-when', '/office#/hotspots?hours=17-19&weekdays=1-5', async (p, phone) => { await tab('when')(p, phone); await test(p, 'time-brush').waitFor() }, 'phone'],
  ['bench-heat', '/office#/hotspots?layer=heat', async (p, phone) => { await tab('map')(p, phone); await rows(p, 'heat-figures') }],
  ['bench-beside', '/office#/hotspots?layer=streets&compare=beside', async (p, phone) => { await tab('map')(p, phone); await rows(p, 'heat-figures') }, 'desk'],
  ['bench-streets', '/office#/hotspots?layer=streets', async (p, phone) => { await tab('map')(p, phone); await rows(p, 'heat-figures') }],
  ['bench-minus', '/office#/hotspots?layer=streets&compare=minus&hours=17-19&weekdays=1-5', async (p, phone) => { await tab('map')(p, phone); await rows(p, 'heat-figures') }, 'desk'],
  ['bench-hex', '/office#/hotspots?layer=hexagons', async (p, phone) => { await tab('map')(p, phone); await rows(p, 'heat-figures') }],
  ['bench-hexminus', '/office#/hotspots?layer=hexagons&compare=minus&period=365', async (p, phone) => { await tab('map')(p, phone); await rows(p, 'heat-figures') }, 'desk'],
  ['bench-rules', '/office#/hotspots?layer=rules', async (p, phone) => { await tab('map')(p, phone); await rows(p, 'layer-rule') }, 'desk'],
  ['bench-profile', '/office#/hotspots', async (p) => { await test(p, 'hotspot-row').first().click(); await rows(p, 'spot-evidence'); await p.waitForTimeout(900) }],
  ['black', '/office#/black-spots', async (p) => rows(p, 'black-row')],
  ['black-two', '/office#/black-spots?against=mock-province', async (p) => { await rows(p, 'black-row'); await rows(p, 'compare-counts') }],
  ['black-detail', '/office#/black-spots', async (p) => { await test(p, 'black-row').nth(1).click(); await test(p, 'black-detail').waitFor(); await p.waitForTimeout(500) }],
  ['forecast', '/office#/forecast', async (p) => { await rows(p, 'cell-row'); await rows(p, 'hour-strip') }],
  ['forecast-past', '/office#/forecast', async (p) => { for (let n = 0; n < 2; n++) { await test(p, 'week-earlier').click(); await p.waitForTimeout(900) } await rows(p, 'calibration'); await p.waitForTimeout(400) }],
  ['repeats', '/office#/repeats', async (p) => rows(p, 'cluster-row')],
  ['repeats-one', '/office#/repeats', async (p) => { await test(p, 'cluster-row').first().click(); await test(p, 'cluster').waitFor(); await test(p, 'pick-0').check(); await test(p, 'pick-1').check(); await test(p, 'relation-different').waitFor() }],
]
const sizes = { desk: [1440, 900], phone: [390, 844] }
let bad = 0, shots = 0
for (const [name, path, act, only] of screens) for (const size of Object.keys(sizes)) for (const lang of ['zh', 'en']) for (const theme of ['light', 'dark']) {
  const full = `${name}-${size}-${lang}-${theme}`
  if (only && only !== size) continue
  if (wanted.length ? !wanted.some((part) => full.includes(part)) : lang === 'en' && theme === 'dark') continue
  const phone = size === 'phone', [width, height] = sizes[size]
  const context = await browser.newContext({ viewport: { width, height }, isMobile: phone, hasTouch: phone, locale: lang === 'zh' ? 'zh-CN' : 'en-GB', timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce' })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage(), faults = []
  page.on('pageerror', (e) => faults.push(`page error: ${e.message}`))
  page.on('console', (m) => { if (m.type() === 'error' && !/status of (401|404|409|422)/.test(m.text())) faults.push(`console: ${m.text()}`) })
  await page.addInitScript(([l, t]) => { localStorage.setItem('gongzhi.language', l); localStorage.setItem('gongzhi.theme', t) }, [lang, theme])
  await context.request.post(`${base}/api/session`, { data: { login: 'analyst', password: 'gongzhi-demo' }, headers: { 'X-Gongzhi': '1' } })
  try {
    await page.goto(base + path)
    await page.locator('main').first().waitFor()
    await act(page, phone)
    await drawn(page)
    await page.waitForTimeout(500)
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    if (over > 1) faults.push(`scrolls sideways by ${over} px`)
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze()
    for (const v of violations) faults.push(`axe ${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} ${(n.any[0] ?? n.all[0] ?? n.none[0])?.message ?? ''}`).join(' | ')}`)
  } catch (cause) { faults.push(String(cause).split('\n').slice(0, 4).join(' ')) }
  await page.screenshot({ path: `${out}/${full}.png`, fullPage: !/bench|black/.test(name) }).catch(() => {})
  shots++
  if (faults.length) { bad++; console.log(`✗ ${full}\n   ${faults.join('\n   ')}`) }
  await context.close()
}
await browser.close()
mock.kill()
console.log(`${shots} screens, ${bad} with faults, axe on each`)
process.exit(bad ? 1 : 0)
