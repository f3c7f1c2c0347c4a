// docs/openapi.json against the running program: thousands of requests made from the description, valid and broken ones.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { away, must, password, serve, smallTown } from './support/gongzhi.mjs'
import { Office } from './support/office.mjs'

const run = (command, args) => new Promise((done) => execFile(command, args, { cwd: tmpdir(), maxBuffer: 64 << 20, env: { ...process.env, NO_COLOR: '1', COLUMNS: '160' } }, (error, out, err) => done({ code: error ? error.code ?? 1 : 0, out, err })))

describe('openapi', { concurrency: false }, () => {
  let house
  before(async () => {
    const folder = await smallTown()
    // One person with every role reaches every route.
    await must(['account', '--data', folder, '--login', 'everybody', '--name', '全岗', '--unit', 'commission', '--roles', 'dispatcher,analyst,clerk,officer,leader,administrator'], `${password}\n`)
    house = await serve(folder)
  }, { timeout: 60_000 })
  after(async () => { await house?.stop(); if (house) away(house.folder) })

  it('the document that is served is the committed one', async () => {
    const served = await (await fetch(`${house.base}/api/openapi.json`)).json()
    assert.equal(served.openapi, '3.1.0')
    assert.ok(Object.keys(served.paths).length > 60)
  })

  it('schemathesis finds no answer that the document does not promise', { timeout: 900_000 }, async () => {
    const office = await Office.enter(house.base, 'everybody', password)
    const folder = join(tmpdir(), 'gongzhi-openapi')
    mkdirSync(folder, { recursive: true })
    const made = await run('sh', [join(import.meta.dirname, '../scripts/python.sh'), join(folder, 'venv'), join(import.meta.dirname, 'openapi/requirements.txt')])
    assert.equal(made.code, 0, made.err)
    // The session and the header against forged requests are sent with every request, so what is tried is everything else.
    const document = JSON.parse(readFileSync(join(import.meta.dirname, '../docs/openapi.json'), 'utf8'))
    delete document.components.securitySchemes
    for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path))) {
      delete operation.security
      operation.parameters = (operation.parameters ?? []).filter((p) => p.$ref !== '#/components/parameters/header')
    }
    const tried = join(folder, 'openapi.json')
    writeFileSync(tried, JSON.stringify(document))
    const done = await run(join(folder, 'venv/bin/schemathesis'), [
      'run', tried, '--url', house.base,
      '-H', `Cookie: ${office.cookie}`, '-H', 'X-Gongzhi: 1',
      '--phases', 'examples,coverage,fuzzing', '--max-examples', process.env.SCHEMATHESIS_EXAMPLES ?? '12', '--seed', '20261122', '--continue-on-failure',
      // Logging out or in would end the session that the run lives by; the event stream never ends.
      '--exclude-path', '/api/session', '--exclude-path', '/api/stream',
      // What holds by its shape may still be refused by meaning (a unit that is not, an action out of its stage): 422, as described.
      '--exclude-checks', 'positive_data_acceptance,ignored_auth',
      '--request-timeout', '30', '--no-color',
    ])
    const tail = done.out.slice(-6000)
    console.log(tail.split('\n').slice(-30).join('\n'))
    assert.equal(done.code, 0, done.out.slice(-60_000) + done.err)
  })
})
