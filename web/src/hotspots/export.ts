/** The list as a file that keeps its count, period, method and the mark of made-up data. */
import type { HotSpot } from '../console/signals'

export interface CsvWords {
  title: string
  notes: string[]
  columns: string[]
}

export function hotspotCsv(items: readonly HotSpot[], words: CsvWords): string {
  const rows = items.map((spot) => [
    spot.rank, spot.key, spot.kind, spot.name, spot.lon.toFixed(6), spot.lat.toFixed(6), spot.calls, spot.crashes, spot.injured, spot.deaths,
    round(spot.expected), tiny(spot.p), tiny(spot.q), (spot.then?.calls ?? 0) + (spot.then?.crashes ?? 0),
    round(spot.comparison?.ratio), round(spot.comparison?.low), round(spot.comparison?.high),
    round(spot.excess), tiny(spot.p_excess), round(spot.gi?.z), tiny(spot.gi?.q), round(spot.per_km),
  ])
  const head = [[words.title], ...words.notes.map((note) => [note]), [], words.columns]
  return csvText([...head, ...rows])
}
/** RFC 4180 with a byte-order mark, so that spreadsheets read it as UTF-8. Cells that could run as formulas are quoted apart. */
export function csvText(rows: readonly (readonly (string | number)[])[]): string {
  return `\ufeff${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`
}

export function save(name: string, content: Blob | string): void {
  const blob = typeof content === 'string' ? new Blob([content], { type: 'text/csv;charset=utf-8' }) : content
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

function cell(value: string | number): string {
  const text = String(value)
  const guarded = typeof value === 'string' && /^[=+\-@\t]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(guarded) ? `"${guarded.replace(/"/g, '""')}"` : guarded
}

function round(value: number | null | undefined, digits = 2): string {
  return value === null || value === undefined || !Number.isFinite(value) ? '' : String(Number(value.toFixed(digits)))
}

/** Probabilities may be very small: three figures, never a false zero. */
function tiny(value: number | null | undefined): string {
  return value === null || value === undefined || !Number.isFinite(value) ? '' : String(Number(value.toPrecision(3)))
}
