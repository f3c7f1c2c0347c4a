// Plays a scenario of a matter in the browser: the same screens, buttons and forms that people use.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync, existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'smol-toml'
import { desk, phone, signIn, visitor } from './browser.mjs'
import { chooseUnit, fill } from './form.mjs'
import { Office } from './office.mjs'
import { jpeg } from './picture.mjs'

const folder = resolve(process.env.GONGZHI_MATTERS ?? join(import.meta.dirname, '../../matters'))
const read = (...path) => parse(readFileSync(join(folder, ...path), 'utf8'))
const password = 'gongzhi-walk-1'

/** Every matter with its definition's words and the one scenario that is walked. */
export function walks() {
  return readdirSync(folder, { withFileTypes: true }).filter((one) => one.isDirectory() && existsSync(join(folder, one.name, 'matter.toml'))).map(({ name }) => {
    const files = readdirSync(join(folder, name, 'scenarios')).filter((file) => file.endsWith('.toml')).sort()
    const found = files.flatMap((file) => { const text = read(name, 'scenarios', file); return (text.scenario ?? []).filter((one) => one.walk).map((one) => ({ file, actors: text.actors ?? {}, scenario: one })) })
    return { id: name, matter: read(name, 'matter.toml'), words: read(name, 'zh.toml'), found }
  })
}
const labelOf = (words, stage) => { const one = words.stages?.[stage]; return typeof one === 'string' ? one : one?.label ?? stage }

/** The people of all walks: one login for each unit and set of roles, one visit each. */
export class Cast {
  constructor(browser, base, admin, city) { Object.assign(this, { browser, base, admin, city, visits: new Map(), all: [] }); this.names = Object.fromEntries(city.units.map((one) => [one.id, one.name.zh])) }
  /** `actors` are all of the scenario: two of the same unit and roles are two persons, so that rules of four eyes are met. */
  async of(name, actors) {
    const actor = actors[name]
    assert.ok(actor, `the scenario names the actor ${name}`)
    const outside = actor.reporter || !actor.unit
    const kind = (one) => `${one.unit} ${[...one.roles].sort().join(' ')}`
    const turn = Object.keys(actors).filter((other) => actors[other].unit && kind(actors[other]) === kind(actor)).indexOf(name)
    const key = outside ? `reporter ${name}` : `${kind(actor)}${turn > 0 ? ` ${turn + 1}` : ''}`
    const known = this.visits.get(key)
    if (known) return known
    const one = await visitor(this.browser, this.base, outside ? phone : desk)
    this.all.push(one)
    const made = { ...one, key, outside, actor }
    if (!outside) {
      const login = `walk-${key.replaceAll(' ', '-')}`.slice(0, 40)
      const answer = await this.admin.send('POST', '/api/people', { name: `走查·${this.names[actor.unit] ?? actor.unit}`.slice(0, 30), login, password, unit: actor.unit, roles: actor.roles, phone: '' })
      // A data folder that was walked before knows the login already.
      assert.ok([201, 409].includes(answer.status), `a login for ${key}: ${JSON.stringify(answer.body)}`)
      made.person = answer.body.id ?? (await this.admin.get('/api/people')).find?.((one) => one.login === login)?.id
      await signIn(one.page, login, password)
      made.office = await Office.enter(this.base, login, password)
    }
    this.visits.set(key, made)
    return made
  }
}

/** A point for the scenario: in the named area if it gives one. */
async function pointOf(cast, given, office) {
  const area = cast.city.areas.find((one) => one.name === given?.area?.name)
  if (area && office) {
    const page = await office.get(`/api/cases?box=all&area=${encodeURIComponent(area.key)}&limit=5`).catch(() => ({ items: [] }))
    const row = page.items.find((one) => one.place?.lon)
    if (row) return { lon: row.place.lon, lat: row.place.lat }
  }
  return { lon: cast.city.center[0] + 0.0007, lat: cast.city.center[1] + 0.0011 }
}
let shade = 0
async function addPhotos(scope, count) {
  const files = Array.from({ length: count }, (_, n) => ({ name: `照片${n + 1}.jpg`, mimeType: 'image/jpeg', buffer: jpeg({ color: () => [40 + (shade = (shade + 7) % 180), 120, 130] }) }))
  await scope.getByTestId('photo-input').setInputFiles(files)
  await scope.locator('[data-state=sent]').nth(count - 1).waitFor()
}
async function putPlace(page, point) {
  const box = page.getByTestId('place')
  if (!(await box.getByTestId('place-lon').isVisible())) await box.locator('summary').click()
  await box.getByTestId('place-lon').fill(String(point.lon))
  await box.getByTestId('place-lat').fill(String(point.lat))
  await box.getByTestId('place-lat').blur()
  await page.getByTestId('place-chosen').locator('b').waitFor()
}
const located = (matter) => ['place', 'road'].includes(matter.subject?.kind ?? 'place')

/** The opening by somebody of the office. */
async function openInOffice(cast, who, walk, step, point) {
  const { page } = who
  await page.goto(`/office#/new/${walk.id}`)
  await page.reload()
  await page.getByTestId('open-case').waitFor()
  await fill(page, page.locator('form.two'), step.fields, cast.names)
  if (located(walk.matter)) await putPlace(page, point)
  if (step.photos) await addPhotos(page, step.photos)
  await page.getByTestId('open-case').click()
  await Promise.race([page.waitForURL(/#\/case\//), page.locator('[data-test=problem],[data-test=form-errors]').first().waitFor().then(async () => { throw new Error(`not opened: ${await page.locator('[data-test=problem],[data-test=form-errors]').allInnerTexts()}`) })])
  return { id: page.url().split('#/case/')[1].split('?')[0] }
}
/** The opening by a citizen on a phone. */
async function openInPortal(cast, who, walk, step, point) {
  const { page } = who
  await page.goto(`/#/report/${walk.id}/1`)
  await page.reload()
  const left = new Set(Object.keys(step.fields ?? {}))
  for (let turn = 0; turn < 12; turn++) {
    const next = page.getByTestId('next')
    await next.waitFor()
    const kind = await next.getAttribute('data-page'), before = page.url()
    if (kind === 'place') await putPlace(page, point)
    else if (kind === 'fields') { const rest = await fill(page, page.locator('.report-flow'), Object.fromEntries(Object.entries(step.fields ?? {}).filter(([key]) => left.has(key))), cast.names, { partly: true }); for (const key of [...left]) if (!rest.includes(key)) left.delete(key) }
    else if (kind === 'photos' && step.photos) await addPhotos(page, step.photos)
    await next.click()
    if (kind === 'check') break
    await page.waitForFunction((url) => location.href !== url || document.querySelector('[data-test=form-errors],[data-test=problem]'), before)
    const wrong = await page.locator('[data-test=form-errors],[data-test=problem]').allInnerTexts()
    assert.deepEqual(wrong, [], `page ${kind} of the report`)
  }
  await Promise.race([page.getByTestId('receipt-number').waitFor(), page.getByTestId('problem').waitFor().then(async () => { throw new Error(`not taken: ${await page.getByTestId('problem').innerText()}`) })])
  assert.deepEqual([...left], [], 'every field of the report was asked for')
  const number = (await page.getByTestId('receipt-number').innerText()).trim()
  const href = await page.getByTestId('receipt-follow').getAttribute('href')
  return { number, token: decodeURIComponent(href.split('/t/')[1]) }
}
/** One action by its button. When the program changed the case meanwhile (a child began or ended), one reloads and does it again, as a person does. */
async function act(cast, who, step, seen, again = 3) {
  const { page } = who
  await page.goto(`/office#/case/${seen.id}`)
  await page.reload()
  await page.getByTestId('stage').first().waitFor()
  const button = page.getByTestId('actions').getByTestId(`action-${step.do}`)
  if (step.expect?.refused === 'not_permitted') { assert.equal(await button.count(), 0, `no button ${step.do} for ${who.key}`); return }
  await button.waitFor().catch(async () => { throw new Error(`no button ${step.do} for ${who.key} in stage ${await page.getByTestId('stage').first().innerText()}; there are: ${await page.getByTestId('actions').locator('[data-verb]').allInnerTexts()}`) })
  await button.click()
  const sheet = page.getByTestId('action-sheet')
  await sheet.waitFor()
  await fill(page, sheet, step.fields, cast.names)
  const unit = step.to_unit ?? step.expect?.unit
  const picker = sheet.getByTestId('action-unit')
  if (unit && await picker.count()) await chooseUnit(page, picker, unit, cast.names[unit])
  if (unit && await sheet.getByTestId('action-part').count()) await sheet.getByTestId('action-part').selectOption(unit)
  const assists = sheet.getByTestId('action-assists')
  if (await assists.count()) {
    const wanted = step.assists ?? step.expect?.assists
    const chosen = sheet.locator('.unit-picker').filter({ has: page.getByTestId('action-assists') })
    const now = (await chosen.getAttribute('data-value') ?? '').split(',').filter(Boolean)
    if (wanted) {
      for (const one of now) if (!wanted.includes(one)) await chosen.locator('.marks li', { hasText: cast.names[one] }).locator('button').click()
      for (const one of wanted) if (!now.includes(one)) await chooseUnit(page, assists, one, cast.names[one])
    }
  }
  if (step.to_person && await sheet.getByTestId('action-person').count()) { const whom = await cast.of(step.to_person, seen.actors); await sheet.getByTestId('action-person').selectOption(whom.person) }
  if (step.code) await sheet.locator(`input[name=reason-code][value="${step.code}"]`).check({ force: true })
  if (await sheet.getByTestId('action-reason').count() && (step.reason || !step.code)) await sheet.getByTestId('action-reason').fill(step.reason ?? '走查')
  if (step.photos) await addPhotos(sheet, step.photos)
  await sheet.getByTestId('action-go').click()
  let stale = false
  const problem = page.locator('[data-test=action-problem],[data-test=action-sheet] [data-test=form-errors]')
  await Promise.race([sheet.waitFor({ state: 'detached' }), problem.first().waitFor().then(async () => {
    if (step.expect?.refused) return
    if (again > 0 && await page.getByTestId('action-stale').count()) { stale = true; await page.getByTestId('action-stale').click(); return }
    throw new Error(`${step.do} was refused: ${await problem.allInnerTexts()}`)
  })])
  if (stale) { await act(cast, who, step, seen, again - 1); return }
  if (step.expect?.refused) { assert.equal(await problem.count() > 0, true, `${step.do} is refused`); await page.keyboard.press('Escape') }
}
/** What the reporter does to the own case on the tracking page. */
async function reporterActs(cast, who, walk, step, seen) {
  const { page } = who
  assert.ok(seen.token, 'the reporter opened the case and has its link')
  await page.goto(`/#/t/${encodeURIComponent(seen.token)}`)
  await page.reload()
  await page.getByTestId('track').waitFor()
  const verb = walk.matter.actions.find((one) => one.id === step.do)?.verb
  if (verb === 'contest' && await page.getByTestId('contest-open').count()) {
    await page.getByTestId('contest-open').click()
    await page.getByTestId('contest-reason').fill(step.reason ?? '走查')
    await page.getByTestId('contest-send').click()
    await page.getByTestId('contest-reason').waitFor({ state: 'detached' })
    return
  }
  const box = page.getByTestId(`public-${verb}`).filter({ has: page.locator(`[data-test="public-open-${step.do}"],[data-test="public-send-${step.do}"]`) })
  await box.waitFor()
  if (await box.getByTestId(`public-open-${step.do}`).count()) await box.getByTestId(`public-open-${step.do}`).click()
  await fill(page, box, step.fields, cast.names)
  if (step.code) await box.locator(`input[type=radio][value="${step.code}"]`).check({ force: true })
  const reason = box.getByTestId(`public-reason-${step.do}`)
  if (await reason.count()) await reason.fill(step.reason ?? '走查')
  if (step.photos) await addPhotos(box, step.photos)
  await box.getByTestId(`public-send-${step.do}`).click()
  await page.getByTestId('toast').filter({ hasText: '已提交' }).first().waitFor()
}
/** After a step: the stage's word and the owner's name stand on the page. Effects of the program may take some seconds. */
async function check(cast, viewer, walk, step, seen) {
  const wanted = step.expect ?? {}
  if (!wanted.stage && !wanted.unit && !wanted.children) return
  const label = wanted.stage && labelOf(walk.words, wanted.stage)
  const { page } = viewer
  const until = Date.now() + 25_000
  for (;;) {
    if (!page.url().includes(`#/case/${seen.id}`)) await page.goto(`/office#/case/${seen.id}`)
    await page.getByTestId('stage').first().waitFor()
    const stage = (await page.getByTestId('stage').first().innerText()).trim(), unit = (await page.getByTestId('owner').innerText()).trim()
    const family = wanted.children ? await children(page) : {}
    const grown = Object.entries(wanted.children ?? {}).every(([key, value]) => family[key] === undefined || family[key] === value)
    if ((!label || stage === label) && (!wanted.unit || unit.includes(cast.names[wanted.unit])) && grown) return
    if (Date.now() > until) assert.deepEqual({ stage, unit, children: family }, { stage: label ?? stage, unit: wanted.unit ? cast.names[wanted.unit] : unit, children: { ...family, ...wanted.children } }, `after ${step.do}`)
    await page.waitForTimeout(400)
    await page.reload()
  }
}
/** The children that the page lists: how many, and how many of them are open. */
async function children(page) {
  const bases = await page.getByTestId('family').locator('.tree li [data-base]').evaluateAll((all) => all.map((one) => one.dataset.base))
  return { total: bases.length, open: bases.filter((base) => base !== 'done' && base !== 'cancelled').length }
}
/** Plays the whole scenario; answers what it took. */
export async function play(cast, walk) {
  const { scenario, actors: all } = walk.found[0]
  const named = new Set(scenario.step.flatMap((step) => [step.by, step.to_person].filter(Boolean)))
  const actors = Object.fromEntries(Object.entries(all).filter(([name]) => named.has(name)))
  const seen = { actors }
  // Somebody who may look at the case when the reporter or the program has acted.
  const officeNames = Object.keys(actors).filter((name) => actors[name].unit && scenario.step.some((step) => step.by === name))
  const first = officeNames.length ? await cast.of(officeNames[0], actors) : null
  const point = await pointOf(cast, scenario.given, first?.office)
  let viewer = first
  for (const [n, step] of scenario.step.entries()) {
    const told = `${walk.id}, step ${n + 1}: ${step.by} does ${step.do}`
    try {
      // What the program does by itself is waited for.
      if (!step.by || step.by === 'system' || actors[step.by]?.roles?.includes('system')) { await check(cast, viewer, walk, step, seen); continue }
      const who = await cast.of(step.by, actors)
      if (n === 0) {
        Object.assign(seen, who.outside ? await openInPortal(cast, who, walk, step, point) : await openInOffice(cast, who, walk, step, point))
        if (!seen.id) seen.id = await find(first, seen.number)
      } else if (who.outside) await reporterActs(cast, who, walk, step, seen)
      else await act(cast, who, step, seen)
      if (!who.outside) viewer = who
      if (!step.expect?.refused) await check(cast, viewer, walk, step, seen)
    } catch (cause) { throw new Error(`${told}: ${cause.message}`, { cause }) }
  }
  return { steps: scenario.step.length, ...seen }
}
async function find(viewer, number) {
  const page = await viewer.office.get(`/api/cases?box=all&q=${encodeURIComponent(number)}&limit=5`)
  const row = page.items.find((one) => one.number === number)
  assert.ok(row, `${viewer.key} finds ${number}`)
  return row.id
}
