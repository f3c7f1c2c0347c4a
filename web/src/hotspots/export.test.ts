import { describe, expect, it } from 'vitest'
import { hotspotCsv } from './export'
import type { HotSpot } from '../console/signals'

const spot: HotSpot = { rank: 1, key: 'x1', kind: 'crossing', name: '胜利东路与"阳明"北路, 路口', lon: 120.58, lat: 30, calls: 28, crashes: 3, deaths: 0, injured: 2, score: 31, expected: 6.24, p: 1e-9, q: null, significant: true, then: { calls: 19, crashes: 1 }, comparison: { ratio: 1.55, low: 0.9, high: 2.7, p: 0.1, verdict: null }, open_cases: [] }
const words = { title: '示范市', notes: ['n = 31', '演示数据'], columns: ['名次', '地点'] }

describe('the list as a file', () => {
  it('begins with what it rests on, marked for spreadsheets', () => {
    const text = hotspotCsv([spot], words)
    expect(text.startsWith('\ufeff示范市\r\nn = 31\r\n演示数据\r\n\r\n名次,地点\r\n')).toBe(true)
  })
  it('quotes commas and quotes, and leaves unknown figures empty', () => {
    const row = hotspotCsv([spot], words).trimEnd().split('\r\n').pop()!
    expect(row).toContain('"胜利东路与""阳明""北路, 路口"')
    expect(row).toContain(',6.24,1e-9,,20,1.55,0.9,2.7,,,,,')
  })
  it('gives what the ranking rests on, where the server told it', () => {
    const row = hotspotCsv([{ ...spot, excess: 21.46, p_excess: 0.9996, gi: { z: 3.415, p: 0.001, q: 0.012 }, per_km: 18.2 }], words).trimEnd().split('\r\n').pop()!
    expect(row.endsWith(',21.46,1,3.42,0.012,18.2')).toBe(true)
  })
  it('does not let a name run as a formula', () => {
    expect(hotspotCsv([{ ...spot, name: '=HYPERLINK("x")' }], words)).toContain(`"'=HYPERLINK(""x"")"`)
  })
})
