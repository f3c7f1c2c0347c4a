// The office's API as a script uses it, for what a test needs done but does not show.
import assert from 'node:assert/strict'
import { jpeg } from './picture.mjs'

export class Office {
  constructor(base) { this.base = base; this.cookie = ''; this.language = 'zh' }
  static async enter(base, login, password = 'gongzhi-demo') {
    const office = new Office(base)
    const answer = await office.send('POST', '/api/session', { login, password })
    assert.equal(answer.status, 200, `${login} logs in: ${JSON.stringify(answer.body)}`)
    office.me = answer.body
    return office
  }
  /** { status, body, headers }, whatever the status. */
  async send(method, path, body, headers = {}) {
    const raw = body instanceof FormData || typeof body === 'string' || body instanceof Uint8Array
    const answer = await fetch(this.base + path, {
      method, body: body === undefined ? undefined : raw ? body : JSON.stringify(body),
      headers: { 'accept-language': this.language, ...(method === 'GET' ? {} : { 'x-gongzhi': '1' }), ...(this.cookie ? { cookie: this.cookie } : {}), ...(body !== undefined && !raw ? { 'content-type': 'application/json' } : {}), ...headers },
    })
    const cookie = answer.headers.getSetCookie().find((c) => c.startsWith('gz_session='))
    if (cookie) this.cookie = cookie.split(';')[0]
    const text = await answer.text()
    let value = text
    try { value = JSON.parse(text) } catch { /* not JSON */ }
    return { status: answer.status, body: value, headers: answer.headers }
  }
  async ok(method, path, body) {
    const answer = await this.send(method, path, body)
    assert.ok(answer.status < 300, `${method} ${path} → ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  get(path) { return this.ok('GET', path) }
  post(path, body) { return this.ok('POST', path, body) }
  async photo(options) {
    const form = new FormData()
    form.append('file', new Blob([jpeg(options)], { type: 'image/jpeg' }), 'photo.jpg')
    return this.post('/api/photos', form)
  }
  /** Does one act on the newest version of a case. */
  async act(id, action, given = {}) {
    const { version } = await this.get(`/api/cases/${id}`)
    return this.post(`/api/cases/${id}/actions/${action}`, { version, fields: {}, ...given })
  }
}
/** From dispatch to closure through the API: who works is of the unit the case goes to. */
export async function finish(id, { dispatcher, clerk, reviewer }, unit) {
  const seen = await dispatcher.get(`/api/cases/${id}`)
  if (seen.actions.some((a) => a.id === 'accept')) await dispatcher.act(id, 'accept', { fields: { severity: 2 } })
  await dispatcher.act(id, 'dispatch', { unit })
  await clerk.act(id, 'sign')
  const after = await clerk.photo()
  await clerk.act(id, 'submit', { fields: { measure: 'repair', done: '已修复路面，恢复通行。' }, photos: [after.hash] })
  return reviewer.act(id, 'close', { fields: { result: 'effective' } })
}
