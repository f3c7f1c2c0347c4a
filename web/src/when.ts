import { language, t } from './i18n'

/** The city's zone; set once /api/city has answered. */
let zone = 'Asia/Shanghai'
export function setZone(name: string): void { zone = name; formats.clear() }

const formats = new Map<string, Intl.DateTimeFormat>()
function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const tag = language.value === 'zh' ? 'zh-CN' : 'en-GB'
  const key = tag + JSON.stringify(options)
  let found = formats.get(key)
  if (!found) formats.set(key, found = new Intl.DateTimeFormat(tag, { timeZone: zone, ...options }))
  return found
}
const yearOf = (ms: number) => format({ year: 'numeric' }).format(ms)

export function dateTime(ms: number): string {
  return format({ ...(yearOf(ms) === yearOf(Date.now()) ? {} : { year: 'numeric' }), month: language.value === 'zh' ? 'long' : 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false }).format(ms)
}
export function date(ms: number): string {
  return format({ ...(yearOf(ms) === yearOf(Date.now()) ? {} : { year: 'numeric' }), month: language.value === 'zh' ? 'long' : 'short', day: 'numeric', weekday: 'short' }).format(ms)
}
/** Whole words for titles and print: year, month, day, hour, minute. */
export function fullTime(ms: number): string {
  return format({ year: 'numeric', month: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false }).format(ms)
}
/** yyyy-mm-dd in the city's zone, for date inputs and file names. */
export function isoDay(ms: number): string {
  const part = Object.fromEntries(new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).formatToParts(ms).map(p => [p.type, p.value]))
  return `${part.year}-${part.month}-${part.day}`
}
/** Start of a yyyy-mm-dd day in the city's zone, epoch milliseconds. */
export function dayStart(day: string): number { return instant(`${day}T00:00`) }
/** yyyy-mm-ddThh:mm in the city's zone, for date-time inputs. */
export function localTime(ms: number): string {
  const part = Object.fromEntries(new Intl.DateTimeFormat('en-CA', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' }).formatToParts(ms).map(p => [p.type, p.value]))
  return `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}`
}
/** The moment of a yyyy-mm-ddThh:mm in the city's zone, epoch milliseconds. */
export function instant(local: string): number {
  const guess = Date.parse(`${local.slice(0, 16)}:00Z`)
  return guess - (Date.parse(`${localTime(guess)}:00Z`) - guess)
}
/** A yyyy-mm-ddThh:mm of the city's zone as RFC 3339 with the zone's offset. */
export function withOffset(local: string): string {
  const minutes = Math.round((Date.parse(`${local.slice(0, 16)}:00Z`) - instant(local)) / 60_000)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${local.slice(0, 16)}:00${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`
}

const MINUTE = 60_000, HOUR = 3_600_000, DAY = 86_400_000
/** A span in words, rounded down to its two largest parts: "2 天 3 小时", "40 分钟". */
export function span(ms: number): string {
  const value = Math.abs(ms)
  if (value < MINUTE) return t('time.moment')
  if (value < HOUR) return t('time.minutes', { n: Math.floor(value / MINUTE) })
  if (value < DAY) return t('time.hours', { n: Math.floor(value / HOUR) })
  const days = Math.floor(value / DAY), hours = Math.floor((value % DAY) / HOUR)
  return days >= 3 || hours === 0 ? t('time.days', { n: days }) : t('time.days_hours', { n: days, h: hours })
}
export function ago(ms: number, now = Date.now()): string {
  const gone = now - ms
  if (gone < MINUTE) return t('time.now')
  return gone < 7 * DAY ? t('time.ago', { span: span(gone) }) : dateTime(ms)
}

export type Urgency = 'none' | 'calm' | 'soon' | 'late' | 'done'
export interface TimeLeft { urgency: Urgency; words: string }
/** Time left until a due date, in words; `soon` is the last 24 hours. Colour and shape follow the urgency. */
export function timeLeft(due: number | null | undefined, now: number, closedAt?: number | null): TimeLeft {
  if (closedAt) return { urgency: 'done', words: t(due && closedAt > due ? 'due.closed_late' : 'due.closed') }
  if (!due) return { urgency: 'none', words: t('due.none') }
  const left = due - now
  if (left < 0) return { urgency: 'late', words: t('due.late', { span: span(left) }) }
  return { urgency: left <= DAY ? 'soon' : 'calm', words: t('due.left', { span: span(left) }) }
}
