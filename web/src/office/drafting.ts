import type { Clock, DefinitionInfo, Fields, Json, Millis, Schema, Text } from '../api'

/** A draft of a matter's next version, and what the server says of it. */
export type Files = Record<string, string>
export interface Draft {
  id: string; matter: string; base: string; base_version: number | null; in_force: { version: number; hash: string; title: Text } | null; outdated: boolean
  revision: number; author: string | null; created_at: Millis; updated_at: Millis; files: Files
}
export type DraftRow = Omit<Draft, 'files'> & { files: number }
export interface Fault { file: string; line: number; column: number; code: string; message: Text }
export interface Checked { ok: boolean; revision: number; faults: Fault[]; definition: DrawnDefinition | null; schema: Schema | null }
/** As much of a definition as the preview draws. */
export interface DrawnDefinition extends DefinitionInfo { stages: (NonNullable<DefinitionInfo['stages']>[number] & { clocks?: string[] })[] }
export interface Share { touched: string[]; untouched: string[] }
export interface Played {
  passed: boolean; complete?: boolean; revision: number; faults: Fault[]
  results: { file: string; name: Text; walk: boolean; failures: string[] }[]; coverage: Record<string, Share> | null
}
export interface BenchClock { id: string; label: Text; stages: { id: string; label: Text }[]; due: Millis; explanation: Text; provisional: boolean; promise: boolean; source: string }
export interface BenchStep { stage: string; label: Text; action_label: Text; enters_at: Millis; clocks: { id: string; label: Text; due: Millis; provisional: boolean; explanation: Text }[] }
export interface BenchAnswer {
  course: BenchStep[]
  unit: { id: string; name: Text | null }; row: string; reason: Text; assists: { id: string; name: Text | null }[]
  tables: { table: string; row: string; value: Json; reason: Text }[]; clocks: BenchClock[]; fields: Record<string, Text>; place: string; at: Millis; facts: Fields; faults: Fault[]
}
export interface Version { hash: string; version: number; at: Millis; by: string | null; note: string | null; origin: 'city' | 'program'; in_force: boolean; loads: boolean; open: number; closed: number }
export interface DifferenceLine { kind: 'same' | 'old' | 'new' | 'gap'; old: number | null; new: number | null; text: string }
export interface FileDifference { file: string; kind: 'added' | 'removed' | 'changed'; added: number; removed: number; lines: DifferenceLine[] }
export interface Difference { changes: { part: string; id: string; kind: string; message: Text }[] | null; files: FileDifference[] }
export interface Migrated { moved: number; refused: { number: string; why: string }[] }

/** Where a fault stands in a text: its place in UTF-16, as a text area counts. Lines and columns count characters from 1. */
export function offsetOf(text: string, line: number, column: number): number {
  let start = 0
  for (let n = 1; n < line; n++) {
    const end = text.indexOf('\n', start)
    if (end < 0) return text.length
    start = end + 1
  }
  const end = text.indexOf('\n', start)
  const words = [...text.slice(start, end < 0 ? text.length : end)]
  return start + words.slice(0, Math.max(0, column - 1)).join('').length
}
/** The line of a place in a text, from 1. */
export function lineAt(text: string, offset: number): number { return text.slice(0, offset).split('\n').length }
export function lineNumbers(text: string): string { return Array.from({ length: text.split('\n').length }, (_, n) => n + 1).join('\n') }
/** Files by folder; those of the matter itself first, and there the definition before its words. */
export function tree(names: string[]): { folder: string; names: string[] }[] {
  const rank = (name: string) => ['matter.toml', 'zh.toml', 'en.toml'].indexOf(name)
  const folders = new Map<string, string[]>()
  for (const name of [...names].sort((a, b) => (rank(b) >= 0 ? 1 : 0) - (rank(a) >= 0 ? 1 : 0) || rank(a) - rank(b) || a.localeCompare(b))) {
    const folder = name.includes('/') ? name.slice(0, name.lastIndexOf('/')) : ''
    folders.set(folder, [...folders.get(folder) ?? [], name])
  }
  return [...folders].map(([folder, list]) => ({ folder, names: list })).sort((a, b) => a.folder.localeCompare(b.folder))
}
export function faultsIn(faults: Fault[], file: string): Fault[] { return faults.filter(one => one.file === file).sort((a, b) => a.line - b.line || a.column - b.column) }
/** Whether the server would take this name for a file; a name in use is none. */
export function fileNameFits(name: string, files: Files): boolean {
  return name.length <= 120 && !(name in files) && /\.(toml|json|typ|md)$/.test(name) && name.split('/').every(part => /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/.test(part))
}
export function changedFiles(before: Files, after: Files): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(name => before[name] !== after[name]).sort()
}
export function percent(share: Share): number {
  const all = share.touched.length + share.untouched.length
  return all ? Math.floor(share.touched.length / all * 100) : 100
}
/** The clocks of a stage as the case page draws them, nothing of them used yet. */
export function clocksOf(definition: DrawnDefinition, stage: string, words: (text: Text | string | null | undefined) => string, now: Millis): Clock[] {
  const ids = definition.stages.find(one => one.id === stage)?.clocks ?? []
  return (definition.clocks ?? []).filter(one => ids.includes(one.id)).map(one => ({ id: one.id, label: words(one.label), due: now, explanation: one.source ?? '', provisional: false, fraction: 0, paused: false, running: true }))
}
