/** The arithmetic of the time brush: equal bins, a window of whole bins, its two ends. No screen in here. */
export type Span = [from: number, to: number]
export interface Bins { start: number; size: number; count: number }
export type Grip = 'start' | 'end' | 'window' | 'new'

export const lastEdge = (bins: Bins): number => bins.start + bins.size * bins.count
const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value))

/** The edge of a bin nearest to a moment. */
export function edgeNear(ms: number, bins: Bins): number {
  return bins.start + clamp(Math.round((ms - bins.start) / bins.size), 0, bins.count) * bins.size
}
/** A window of whole bins inside the record, at least one bin long. */
export function tidy([from, to]: Span, bins: Bins): Span {
  const first = clamp(edgeNear(Math.min(from, to), bins), bins.start, lastEdge(bins) - bins.size)
  return [first, Math.max(first + bins.size, edgeNear(Math.max(from, to), bins))]
}
/** The window after a drag from `at` to `now`, counted from the window as it was when the drag began. */
export function dragged(grip: Grip, was: Span, at: number, now: number, bins: Bins): Span {
  if (grip === 'new') return tidy([at, now], bins)
  const steps = Math.round((now - at) / bins.size)
  return nudged(grip, was, steps, bins)
}
/** The window moved, or one of its ends, by a number of bins; it never leaves the record and never becomes empty. */
export function nudged(grip: Exclude<Grip, 'new'>, was: Span, steps: number, bins: Bins): Span {
  const [from, to] = tidy(was, bins)
  const by = steps * bins.size
  if (grip === 'start') return [clamp(from + by, bins.start, to - bins.size), to]
  if (grip === 'end') return [from, clamp(to + by, from + bins.size, lastEdge(bins))]
  const move = clamp(by, bins.start - from, lastEdge(bins) - to)
  return [from + move, to + move]
}
/** Bars of equal width from bins, at most `most` of them: the sum of the bins each stands for. */
export function bars(counts: readonly number[], most: number): { n: number; from: number; to: number }[] {
  const each = Math.max(1, Math.ceil(counts.length / Math.max(1, most)))
  const out: { n: number; from: number; to: number }[] = []
  for (let from = 0; from < counts.length; from += each) {
    const to = Math.min(counts.length, from + each)
    let n = 0
    for (let i = from; i < to; i++) n += counts[i]!
    out.push({ n, from, to })
  }
  return out
}

/** Cells of the hour × weekday matrix: 0 Monday … 6 Sunday, hour 0 … 23. */
export interface Cell { day: number; hour: number }
export interface Picked { hours: [number, number] | null; weekdays: number[] }
/** The rectangle between two cells as the filters know it; a whole day or week is no filter. */
export function rectangle(a: Cell, b: Cell): Picked {
  const hours: [number, number] = [Math.min(a.hour, b.hour), Math.max(a.hour, b.hour)]
  const days: [number, number] = [Math.min(a.day, b.day), Math.max(a.day, b.day)]
  return {
    hours: hours[0] === 0 && hours[1] === 23 ? null : hours,
    weekdays: days[0] === 0 && days[1] === 6 ? [] : Array.from({ length: days[1] - days[0] + 1 }, (_, i) => days[0] + i + 1),
  }
}
/** Whether the filters let a cell through; hours over midnight run from the first to the last hour of the next day. */
export function holds({ hours, weekdays }: Picked, { day, hour }: Cell): boolean {
  if (weekdays.length && !weekdays.includes(day + 1)) return false
  if (!hours) return true
  const [first, last] = hours
  return first <= last ? hour >= first && hour <= last : hour >= first || hour <= last
}
/** Seven rows of 24, Monday first, whichever way the server sent them. */
export function weekRows(given: readonly (readonly number[])[]): number[][] {
  if (given.length === 7) return given.map((row) => Array.from({ length: 24 }, (_, hour) => row[hour] ?? 0))
  return Array.from({ length: 7 }, (_, day) => Array.from({ length: 24 }, (_, hour) => given[hour]?.[day] ?? 0))
}
