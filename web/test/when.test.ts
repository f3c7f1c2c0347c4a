import { beforeEach, describe, expect, it } from 'vitest'
import { setLanguage } from '../src/i18n'
import { dayStart, isoDay, setZone, timeLeft } from '../src/when'

const H = 3_600_000, D = 24 * H, now = Date.parse('2026-11-22T04:00:00Z')
beforeEach(async () => { setZone('Asia/Shanghai'); await setLanguage('zh') })

describe('time left', () => {
  it.each([
    [now + 3 * D + 5 * H, 'calm', '还剩 3 天'], [now + D + 5 * H, 'calm', '还剩 1 天 5 小时'], [now + D, 'soon', '还剩 1 天'], [now + 5 * H, 'soon', '还剩 5 小时'],
    [now + 90_000, 'soon', '还剩 1 分钟'], [now + 10, 'soon', '还剩 不到 1 分钟'], [now - 2 * H, 'late', '超时 2 小时'], [now - 12 * D, 'late', '超时 12 天'], [null, 'none', '无时限'],
  ])('due %s is %s: %s', (due, urgency, words) => { expect(timeLeft(due, now)).toEqual({ urgency, words }) })
  it('says after closing whether it was in time', () => {
    expect(timeLeft(now, now + D, now - H)).toEqual({ urgency: 'done', words: '已办结' })
    expect(timeLeft(now, now + D, now + H)).toEqual({ urgency: 'done', words: '超时办结' })
  })
  it('speaks English', async () => { await setLanguage('en'); expect(timeLeft(now - D - 2 * H, now).words).toBe('1 d 2 h overdue') })
})
describe("days of the city's zone", () => {
  it('finds the start of a day and names it again', () => {
    expect(dayStart('2026-11-22')).toBe(Date.parse('2026-11-21T16:00:00Z'))
    expect(isoDay(dayStart('2026-11-22'))).toBe('2026-11-22')
    setZone('America/Sao_Paulo')
    expect(dayStart('2026-11-22')).toBe(Date.parse('2026-11-22T03:00:00Z'))
  })
})
