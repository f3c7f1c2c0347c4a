// Every matter from its start to its end in the real browser, played from its own scenario: a matter that cannot be worked with the screens fails here.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { open, shot } from './support/browser.mjs'
import { away, demoCity, serve } from './support/gongzhi.mjs'
import { Office } from './support/office.mjs'
import { Cast, play, walks } from './support/walk.mjs'

const only = process.env.WALK?.split(',')
describe('every matter, start to finish', { concurrency: false }, () => {
  let city, folder, browser, cast
  before(async () => {
    folder = await demoCity()
    city = await serve(folder)
    browser = await open()
    const admin = await Office.enter(city.base, 'admin')
    cast = new Cast(browser, city.base, admin, await admin.get('/api/city'))
  }, { timeout: 400_000 })
  after(async () => { await browser?.close(); await city?.stop(); if (folder) away(folder) })

  for (const walk of walks().filter((one) => !only || only.includes(one.id))) {
    it(`${walk.id}: ${walk.found[0]?.scenario.name?.zh ?? 'no walk'}`, { timeout: 120_000 }, async () => {
      assert.equal(walk.found.length, 1, `exactly one scenario of ${walk.id} is marked walk = true`)
      const began = Date.now()
      const done = await play(cast, walk)
      console.log(`  ${walk.id}: ${done.steps} steps in ${((Date.now() - began) / 1000).toFixed(1)} s`)
      const last = cast.all.filter((one) => one.page.url().includes(`#/case/${done.id}`)).at(-1)
      if (last) await shot(last.page, `walk-${walk.id}`)
    })
  }
  it('asks no foreign host and breaks no page', () => { for (const one of cast.all) one.fine() })
})
