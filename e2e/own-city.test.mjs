// A city's engineer brings their own roads and records: Porto Alegre, two commands, and the loop to its end.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { mapReady, open, shot, signIn, visitor } from './support/browser.mjs'
import { away, freshFolder, must, password, people, run, serve } from './support/gongzhi.mjs'
import { Office, finish } from './support/office.mjs'

const data = resolve(process.env.GONGZHI_TEST_DATA ?? join(import.meta.dirname, '../../shared/data'))
const roads = join(data, 'osm/porto_alegre.osm.pbf')
const years = [2011, 2013, 2014, 2015, 2016].map((year) => join(data, `crash/porto_alegre/acidentes-${year}.csv.xz`))
const missing = [roads, ...years].filter((file) => !existsSync(file))
const skip = missing.length > 0 && `SKIPPED: no test data: ${missing[0]} (set GONGZHI_TEST_DATA)`
if (skip) console.error(`\n${skip}\n`)

describe('a city of one\'s own', { concurrency: false, skip }, () => {
  let folder, city, browser
  before(() => { folder = freshFolder('own') })
  after(async () => { await browser?.close(); await city?.stop(); if (folder) away(folder) })
  const importAll = async () => (await must(['import', 'signals', ...years, '--mapping', 'porto-alegre-crashes', '--json', '--data', folder])).out.trim().split('\n').map((line) => JSON.parse(line))
  const sum = (list, pick) => list.reduce((n, one) => n + pick(one), 0)

  it('refuses half a file of roads, and takes the whole one', { timeout: 120_000 }, async () => {
    const whole = readFileSync(roads)
    const half = join(folder, 'half.osm.pbf')
    writeFileSync(half, whole.subarray(0, Math.floor(whole.length * 0.6)))
    const refused = await run(['import', 'roads', half, '--datum', 'wgs84', '--data', folder])
    assert.equal(refused.code, 1)
    assert.match(refused.err, /[\u4e00-\u9fff]/)
    assert.equal(existsSync(join(folder, 'roads.network')), false, 'nothing is left of it')
    const taken = JSON.parse((await must(['import', 'roads', roads, '--datum', 'wgs84', '--json', '--data', folder])).out)
    assert.ok(taken.network.counts.crossings > 5_000, JSON.stringify(taken.network.counts))
    console.log(`# roads: ${taken.network.counts.edges} edges, ${taken.network.counts.crossings} crossings, ${taken.seconds.toFixed(1)} s`)
  })

  it('takes all 93,264 crashes or says why not, and the same files twice change nothing', { timeout: 180_000 }, async () => {
    const first = await importAll()
    const of = (one, name) => one[name] ?? one.summary?.[name]
    const rows = sum(first, (one) => of(one, 'rows')), imported = sum(first, (one) => of(one, 'imported')), rejected = sum(first, (one) => of(one, 'rejected'))
    assert.equal(rows, 93_264)
    assert.equal(imported + rejected, 93_264)
    const inside = sum(first, (one) => of(one, 'inside')), near = sum(first, (one) => of(one, 'inside_within_50_m'))
    assert.ok(inside > 70_000, `${inside} inside the box of the roads, which hold the inner city`)
    // Where a file lies under 99 %, the report lists each such point with its reason.
    const listed = first.every((one) => of(one, 'inside') === of(one, 'inside_within_50_m') || (of(one, 'far_file') && existsSync(of(one, 'far_file'))))
    assert.ok(near / inside >= 0.99 || listed, `${(100 * near / inside).toFixed(2)} % within 50 m, and no list of the rest`)
    console.log(`# crashes: ${imported} imported, ${rejected} rejected, ${near} of ${inside} within 50 m (${(100 * near / inside).toFixed(2)} %), ${sum(first, (one) => of(one, 'seconds')).toFixed(1)} s`)
    const before = JSON.parse((await must(['ledger', 'verify', '--json', '--data', folder])).out)
    assert.equal(before.ok, true)
    const second = await importAll()
    assert.equal(sum(second, (one) => of(one, 'unchanged')), imported, 'all unchanged')
    assert.equal(sum(second, (one) => of(one, 'changed') ?? 0), 0)
  })

  it('lists its hot spots, draws its heat, and brings one hazard to closure', { timeout: 180_000 }, async () => {
    await people(folder)
    city = await serve(folder)
    browser = await open()
    const [analyst, dispatcher, clerk, reviewer] = await Promise.all(['analyst', 'dispatcher', 'clerk', 'reviewer'].map((who) => Office.enter(city.base, who, password)))
    const about = await analyst.get('/api/city')
    assert.equal(about.synthetic, false)
    assert.equal(about.counts.crashes + about.counts.calls, (await analyst.get('/api/signals?kind=crash&limit=1&valid=all')).total)
    const [from, to] = [Date.UTC(2016, 0, 1, 3), Date.UTC(2017, 0, 1, 3)]
    const spots = await analyst.get(`/api/hotspots?kind=crossing,section,crash&from=${from}&to=${to}&limit=20`)
    assert.equal(spots.items.length, 20)
    assert.ok(spots.items[0].crashes > 20 && spots.items[0].significant, JSON.stringify(spots.items[0]))
    const heat = await analyst.get(`/api/heat?kind=crash&from=${from}&to=${to}&compare=minus`)
    assert.ok(heat.n > 10_000 && heat.n_then > 10_000 && heat.comparison.verdict)
    const cells = new Float32Array(Uint8Array.from(atob(heat.grid), (c) => c.charCodeAt(0)).buffer)
    assert.equal(cells.length, heat.width * heat.height)
    assert.ok(Math.max(...cells) > 0, 'a map with heat on it')
    console.log(`# heat of ${heat.n} beside ${heat.n_then} crashes: ${heat.computed_ms} ms on the server`)

    const one = await visitor(browser, city.base)
    await signIn(one.page, 'analyst', password)
    await one.page.goto('/office#/hotspots?period=custom&from=2016-01-01&to=2016-12-31')
    await one.page.getByTestId('hotspot-row').first().waitFor()
    assert.equal(await one.page.getByTestId('synthetic').count(), 0, 'real data are not called synthetic')
    await one.page.getByTestId('hotspot-row').first().click()
    await mapReady(one.page)
    await shot(one.page, 'own-city-hotspots')
    await one.page.getByTestId('make-hazard').click()
    await one.page.waitForURL(/#\/case\//)
    const id = one.page.url().split('/case/')[1]
    await one.page.getByTestId('stage').waitFor()
    const closed = await finish(id, { dispatcher, clerk, reviewer }, 'transport')
    assert.equal(closed.stage.id, 'closed')
    await one.page.reload()
    await one.page.getByText('已销号').first().waitFor()
    await shot(one.page, 'own-city-closed')
    const console_ = await visitor(browser, city.base)
    await signIn(console_.page, 'dispatcher', password)
    await console_.page.goto('/office#/console?heat=1&kind=crash&period=custom&from=2016-01-01&to=2016-12-31')
    await console_.page.getByTestId('heat-figures').waitFor()
    await mapReady(console_.page)
    await shot(console_.page, 'own-city-heat')
    one.fine(); console_.fine()
    assert.equal(JSON.parse((await must(['ledger', 'verify', '--json', '--data', folder])).out).ok, true)
  })
})
