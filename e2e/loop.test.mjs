// The whole loop on the demo city: a call comes in, a hot spot is found, a hazard goes out, comes back, is done, checked and closed.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { accessible, desk, mapReady, open, shot, signIn, visitor } from './support/browser.mjs'
import { away, demoCity, must, serve } from './support/gongzhi.mjs'
import { Office } from './support/office.mjs'
import { jpeg, mended, road } from './support/picture.mjs'

const photo = (color, name) => ({ name, mimeType: 'image/jpeg', buffer: jpeg({ color }) })

describe('the loop', { concurrency: false }, () => {
  let city, browser, folder, dispatcher, admin
  const visits = []
  let hazard, unit, clerkPage, second
  const visit = async (login, password) => {
    const one = await visitor(browser, city.base, desk)
    visits.push(one)
    await signIn(one.page, login, password)
    return one.page
  }
  before(async () => {
    folder = await demoCity()
    city = await serve(folder)
    browser = await open()
    dispatcher = await Office.enter(city.base, 'dispatcher')
    admin = await Office.enter(city.base, 'admin')
  }, { timeout: 240_000 })
  after(async () => { await browser?.close(); await city?.stop(); if (folder) away(folder) })

  let console_
  it('shows the dispatcher the queue and the map, and a call the moment it comes', async () => {
    const page = (console_ = await visit('dispatcher'))
    await page.getByTestId('call').first().waitFor()
    await mapReady(page)
    const words = `胜利东路有辆货车追尾，占了两个车道，编号${Date.now() % 100_000}`
    const at = await dispatcher.get('/api/city')
    const made = await dispatcher.post('/api/signals', { kind: 'call', words, place_text: '胜利东路', lon: at.center[0], lat: at.center[1], caller_phone: '13912345678' })
    const call = page.locator(`[data-id="${made.id}"]`)
    await call.getByText(words).waitFor({ timeout: 10_000 })
    assert.equal(made.class, 'accident', 'the class is suggested from the words')
    assert.ok(made.class_reason, 'with a reason')
    assert.doesNotMatch(JSON.stringify(made), /13912345678/, 'the caller is masked')
    await call.getByTestId('call').click()
    await page.getByTestId('call-card').getByText(words).waitFor()
    await shot(page, 'loop-1-call')
    await page.keyboard.press('Escape')
  })

  it('draws the heat and the difference to a year before, with both counts and a verdict', async () => {
    const page = console_
    await page.getByTestId('heat-toggle').click()
    const figures = page.getByTestId('heat-figures')
    await figures.waitFor()
    await page.getByTestId('compare-minus').check({ force: true })
    await page.waitForFunction(() => document.querySelectorAll('[data-test=heat-figures] b').length >= 3)
    await mapReady(page)
    const numbers = (await figures.locator('b').allInnerTexts()).map((s) => s.trim())
    assert.match(numbers[0], /[1-9][\d,]*/, 'n')
    assert.match(numbers[1], /[1-9][\d,]*/, 'n of the year before')
    assert.match(await figures.innerText(), /显著|上升|下降|持平|增|减/, 'a verdict in words')
    const filters = await page.evaluate(() => location.hash)
    assert.match(filters, /compare=minus/, 'what is seen stands in the address')
    await shot(page, 'loop-2-minus')
  })

  it('gives the analyst ranked hot spots, and makes a hazard of one by one press', async () => {
    const page = await visit('analyst')
    await page.goto('/office#/hotspots')
    await page.getByTestId('hotspot-row').first().waitFor({ timeout: 30_000 })
    assert.ok(await page.getByTestId('hotspot-row').count() >= 10, 'a ranking')
    const ranks = (await page.locator('.rank-mark').allInnerTexts()).slice(0, 10).map(Number)
    assert.deepEqual(ranks, ranks.map((_, n) => n + 1), 'ranked from the first')
    // The first place without an open case yet.
    const names = await page.locator('tr[data-key]:not(:has(.tag.amber)) [data-test=hotspot-row]').allInnerTexts()
    await page.locator('tr[data-key]:not(:has(.tag.amber)) [data-test=hotspot-row]').first().click()
    const detail = page.getByTestId('hotspot-detail')
    await detail.getByText(/^建议交办|建议|责任/).first().waitFor()
    await mapReady(page)
    await shot(page, 'loop-3-hotspot')
    await page.getByTestId('make-hazard').click()
    await page.waitForURL(/#\/case\//)
    hazard = page.url().split('/case/')[1]
    await page.getByTestId('stage').waitFor()
    const text = await page.locator('main').innerText()
    assert.ok(text.includes(names[0]), `the place stands on the page: ${names[0]}`)
    await page.getByTestId('evidence').waitFor()
    assert.match(await page.getByTestId('evidence').innerText(), /\d/, 'the evidence is counted')
    await shot(page, 'loop-4-hazard')
  })

  it('lets the dispatcher send it out by one press, to the unit proposed with its reason', async () => {
    const page = console_
    const seen = await dispatcher.get(`/api/cases/${hazard}`)
    assert.ok(seen.proposal?.unit?.id && seen.proposal.reason, 'a proposal with a reason')
    assert.ok((seen.evidence.signals?.length ?? 0) > 0 || seen.evidence.hotspot?.calls > 0, 'evidence')
    unit = seen.proposal.unit
    await page.goto(`/office#/case/${hazard}`)
    const proposal = page.getByTestId('proposal')
    await proposal.getByText(seen.proposal.reason).waitFor()
    await proposal.getByText(unit.name, { exact: true }).waitFor()
    await page.getByTestId('dispatch-proposed').click()
    await page.getByTestId('proposal').waitFor({ state: 'detached' })
    const after = await dispatcher.get(`/api/cases/${hazard}`)
    assert.equal(after.stage.id, 'signing')
    assert.equal(after.unit.id, unit.id)
  })

  it('lets the administrator make a clerk for that unit', async () => {
    const page = await visit('admin')
    await page.goto('/office#/admin/people')
    await page.getByTestId('add-person').click()
    await page.getByTestId('person-name').fill('钱承办')
    await page.getByTestId('person-login').fill('clerk-of-unit')
    await page.getByTestId('person-password').fill('gongzhi-demo-2')
    await page.getByTestId('person-unit').selectOption(unit.id)
    await page.getByTestId('person-save').click()
    await page.getByTestId('people').getByText('clerk-of-unit').waitFor()
    // A second officer, of a unit that is not the one at work, so that work and review stay apart.
    const other = unit.id === 'brigade-2' ? 'brigade-3' : 'brigade-2'
    await admin.post('/api/people', { name: '孙复查', login: 'officer-of-other', password: 'gongzhi-demo-2', unit: other, roles: ['officer'], phone: '' })
  })

  const does = async (page, action, fill) => {
    await page.getByTestId(`action-${action}`).first().click()
    const sheet = page.getByTestId('action-sheet')
    await sheet.waitFor()
    if (fill) await fill(sheet)
    await page.getByTestId('action-go').click()
    await sheet.waitFor({ state: 'detached' })
  }
  const withPhoto = async (sheet, color, name) => {
    await sheet.getByTestId('photo-input').setInputFiles([photo(color, name)])
    await sheet.locator('[data-state=sent]').waitFor()
  }

  it('shows it in the inbox of its clerk, who returns another one with a reason', async () => {
    const at = await dispatcher.get('/api/city')
    second = await dispatcher.post('/api/cases', { matter: 'hazard', fields: { category: 'marking', description: '标线磨损，夜间看不清。', severity: 2 }, place: { lon: at.center[0], lat: at.center[1] }, photos: [], key: 'loop-second' })
    await dispatcher.act(second.id, 'dispatch', { unit: unit.id })
    const page = (clerkPage = await visit('clerk-of-unit', 'gongzhi-demo-2'))
    await page.goto('/office#/inbox')
    const row = page.getByTestId('inbox-table').getByRole('link', { name: second.number })
    await row.waitFor()
    const first = await dispatcher.get(`/api/cases/${hazard}`)
    await page.getByTestId('inbox-table').getByRole('link', { name: first.number }).waitFor()
    await row.click()
    // A plain click opens the short view over the list, or the whole page; both lead to the same buttons.
    await page.locator('[data-test=preview], .page.case').first().waitFor()
    if (await page.getByTestId('preview').count()) await page.getByTestId('open-full').click()
    await page.waitForURL(/#\/case\//)
    await does(page, 'return', async (sheet) => {
      await sheet.locator('input[name=reason-code]').first().check({ force: true })
      await sheet.getByTestId('action-reason').fill('该路段由市政养护，不属本单位。')
    })
    const back = await dispatcher.get(`/api/cases/${second.id}`)
    assert.equal(back.stage.id, 'accepted')
    assert.equal(back.returns, 1)
    assert.ok(back.timeline.some((e) => JSON.stringify(e).includes('该路段由市政养护')), 'the reason is kept')
  })

  it('lets the clerk sign, ask for more time, secure the place and hand in with a photo', async () => {
    const page = clerkPage
    await page.goto(`/office#/case/${hazard}`)
    await does(page, 'sign')
    await page.getByTestId('action-extend').waitFor()
    const due = async () => (await dispatcher.get(`/api/cases/${hazard}`)).clocks.find((c) => c.id === 'fix')?.due
    const before = await due()
    await does(page, 'extend', async (sheet) => {
      await sheet.getByTestId('field-working_days').locator('input').fill('5')
      await sheet.getByTestId('field-why').locator('textarea').fill('需协调电力部门迁移杆线。')
    })
    const leader = await visit('leader')
    await leader.goto(`/office#/case/${hazard}`)
    await does(leader, 'approve_extension')
    assert.ok((await due()) > before, 'the term moves when the leader approves')
    await page.reload()
    await does(page, 'interim', async (sheet) => {
      await sheet.getByTestId('field-measures').locator('input[type=checkbox]').first().check({ force: true })
      await withPhoto(sheet, road, '临时围挡.jpg')
    })
    await does(page, 'submit', async (sheet) => {
      await sheet.getByTestId('field-measure').locator('input,select').first().evaluate((el) => { if (el.tagName === 'SELECT') { el.selectedIndex = 1; el.dispatchEvent(new Event('change', { bubbles: true })) } else el.click() })
      await sheet.getByTestId('field-done').locator('textarea,input').fill('已增设信号灯和待行区标线。')
      await withPhoto(sheet, mended, '整改后.jpg')
    })
    assert.equal((await dispatcher.get(`/api/cases/${hazard}`)).stage.id, 'review')
  })

  it('does not let the unit that did the work close it', async () => {
    assert.equal(await clerkPage.getByTestId('action-close').count(), 0, 'no button')
    const own = await Office.enter(city.base, 'clerk-of-unit', 'gongzhi-demo-2')
    const { version } = await own.get(`/api/cases/${hazard}`)
    const answer = await own.send('POST', `/api/cases/${hazard}/actions/close`, { version, fields: { result: 'effective' } })
    assert.equal(answer.status, 403, JSON.stringify(answer.body))
    // An officer of the same unit may not either, though officers close.
    await admin.post('/api/people', { name: '李同所', login: 'officer-of-unit', password: 'gongzhi-demo-2', unit: unit.id, roles: ['officer'], phone: '' })
    const officer = await Office.enter(city.base, 'officer-of-unit', 'gongzhi-demo-2')
    const same = await officer.send('POST', `/api/cases/${hazard}/actions/close`, { version, fields: { result: 'effective' } })
    assert.equal(same.status, 403, JSON.stringify(same.body))
    assert.equal((await dispatcher.get(`/api/cases/${hazard}`)).stage.id, 'review', 'nothing changed')
  })

  it('lets an officer of another unit reject once and close after the second handing in', async () => {
    const page = await visit('officer-of-other', 'gongzhi-demo-2')
    await page.goto(`/office#/case/${hazard}`)
    await does(page, 'reject', async (sheet) => {
      await sheet.locator('input[name=reason-code]').first().check({ force: true })
      await sheet.getByTestId('action-reason').fill('西进口标线仍看不清。')
    })
    await clerkPage.goto('/office#/inbox')
    await clerkPage.goto(`/office#/case/${hazard}`)
    await does(clerkPage, 'submit', async (sheet) => {
      await sheet.getByTestId('field-measure').locator('input,select').first().evaluate((el) => { if (el.tagName === 'SELECT') { el.selectedIndex = 1; el.dispatchEvent(new Event('change', { bubbles: true })) } else el.click() })
      await sheet.getByTestId('field-done').locator('textarea,input').fill('西进口标线已重新施划。')
      await withPhoto(sheet, mended, '整改后二.jpg')
    })
    await page.reload()
    await does(page, 'close', async (sheet) => {
      await sheet.getByTestId('field-result').locator('input,select').first().evaluate((el) => { if (el.tagName === 'SELECT') { el.selectedIndex = 1; el.dispatchEvent(new Event('change', { bubbles: true })) } else el.click() })
    })
    await page.getByTestId('stage').waitFor()
    const closed = await dispatcher.get(`/api/cases/${hazard}`)
    assert.equal(closed.stage.id, 'closed')
    assert.ok(closed.closed_at)
    assert.ok(closed.after_photos.length >= 1, 'the photo of the mended place is there')
    assert.equal(closed.ledger.verified, true)
    await accessible(page, 'a closed matter')
    await shot(page, 'loop-5-closed')
  })

  it('asks no foreign host, and its ledger holds', async () => {
    for (const one of visits) one.fine()
    const verdict = JSON.parse((await must(['ledger', 'verify', '--json', '--data', folder])).out)
    assert.equal(verdict.ok, true, JSON.stringify(verdict))
    assert.ok(verdict.checked > 500, `${verdict.checked} events checked`)
  })
})
