// Debian's Chromium through playwright-core, and what every page is held to.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { chromium, selectors } from 'playwright-core'

export const shots = join(import.meta.dirname, '../shots')
mkdirSync(shots, { recursive: true })

export function open() {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
  if (!existsSync(executablePath)) throw new Error(`no browser at ${executablePath}: apt-get install chromium chromium-l10n fonts-noto-cjk, or set CHROMIUM`)
  return chromium.launch({
    executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage', '--font-render-hinting=none', '--lang=zh-CN'],
    env: { ...process.env, LANGUAGE: 'zh_CN' },
  })
}
export const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1, isMobile: true, hasTouch: true }
export const desk = { viewport: { width: 1600, height: 900 } }

/** A context that notes every request to a foreign host and every error of a page. */
export async function visitor(browser, base, options = {}) {
  const context = await browser.newContext({ baseURL: base, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce', ...desk, ...options })
  context.setDefaultTimeout(20_000)
  const foreign = [], errors = []
  context.on('request', (request) => { if (!request.url().startsWith(base) && !/^(blob|data|about):/.test(request.url())) foreign.push(request.url()) })
  context.on('weberror', (error) => errors.push(String(error.error())))
  context.on('console', (message) => { if (message.type() === 'error' && /Content Security Policy|Uncaught|\[Vue/.test(message.text())) errors.push(message.text()) })
  return { context, foreign, errors, page: await context.newPage(), fine() { assert.deepEqual(foreign, [], 'no request to a foreign host'); assert.deepEqual(errors, [], 'no error in a page') } }
}
/** Logs in on the screen, as a person does. */
export async function signIn(page, login, password = 'gongzhi-demo') {
  await page.goto('/office#/login')
  await page.getByTestId('login-name').fill(login)
  await page.getByTestId('login-password').fill(password)
  await page.getByTestId('login-enter').click()
  await page.getByTestId('user-menu').waitFor()
}
/** The map has drawn everything it has to draw. */
export const mapReady = (page) => page.waitForFunction(() => window.__mapReady === true, null, { timeout: 45_000 })

/** No fault that axe can find under WCAG 2.0 to 2.2, A and AA. */
export async function accessible(page, what) {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze()
  const told = violations.map((v) => `${v.id}: ${v.help}\n    ${v.nodes.slice(0, 4).map((n) => `${n.target.join(' ')} — ${(n.any[0] ?? n.all[0] ?? n.none[0])?.message ?? ''}`).join('\n    ')}`)
  assert.equal(told.length, 0, `axe on ${what}:\n  ${told.join('\n  ')}`)
}
export const shot = (page, name) => page.screenshot({ path: join(shots, `${name}.png`), animations: 'disabled' })
selectors.setTestIdAttribute('data-test')
