import { language, t, type Text } from './i18n'
import type { BenchAnswer, Checked, Difference, Draft, DraftRow, Files, Migrated, Played, Version } from './office/drafting'

export type { Text }
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type Fields = Record<string, Json>
export type Millis = number

export interface Named { id: string; name: string }
export interface Me { person: { id: string; name: string; login: string }; unit: { id: string; name: string; kind: string } | null; roles: string[]; permissions: string[]; home: string }
export interface UnitInfo { id: string; name: Text; kind: string; parent: string | null; active?: boolean; duties?: string[] }
export interface City {
  name: Text; synthetic: boolean; zone: string; now: Millis; bounds: [number, number, number, number]; center: [number, number]; zoom: number
  network: { identity: string; edges: number; crossings: number; sections: number } | null
  classes: { id: string; zh: string; en: string }[]; areas: { key: string; name: string; kind: string }[]; units: UnitInfo[]
  matters: { id: string; version: number | string; title: Text; open?: boolean }[]
  counts: { calls: number; crashes: number; cases: number }; first_at: Millis | null; last_at: Millis | null
}
export interface Signal {
  id: string; kind: string; class: string | null; class_suggested: string | null; class_reason: string | null; class_by: string | null; valid: boolean
  at: Millis; received_at: Millis; words: string; place_text: string | null; lon: number | null; lat: number | null
  place: { key: string; name: string; kind: string; confidence: number; reason: string } | null; area: { key: string; name: string } | null
  severity: 'fatal' | 'serious' | 'slight' | 'damage' | null; deaths: number | null; injured: number | null; source: string; source_key: string | null
  caller: string | null; repeat_of: string | null; cases: { id: string; number: string }[]; synthetic: boolean
}
export interface Place { stake?: string | null; shared_with?: string[]; name: string; lon: number; lat: number; key: string | null }
export type Base = 'intake' | 'locate' | 'route' | 'handle' | 'review' | 'done' | 'cancelled' | 'hold'
export interface CaseRow {
  id: string; number: string; matter: string; title: string; stage: { id: string; label: string; base: Base }; unit: Named | null; place: Place | null; public_status?: string
  opened_at: Millis; due_at: Millis | null; due_provisional: boolean; late: boolean; closed_at: Millis | null
  subject_key?: string | null; campaign?: string | null; summary?: string | null; after_photo?: string | null
  severity: string | null; category_label: string | null; returns: number; version: number; source: string | null; supports?: number; category?: string | null; synthetic?: boolean
}
/** A photo, a film or a document of a case. */
export interface Photo { hash: string; width: number; height: number; kind?: 'photo' | 'video' | 'document'; media?: string | null; name?: string | null; size?: number; taken_at: Millis | null; taken_place: { lon: number; lat: number } | null; url: string }
export interface TimelineEntry {
  seq: number | null; at: Millis; kind: string; label: string; actor: string | null; unit: string | null; reason: string | null
  fields: Fields | null; form?: Schema | null; photos: Photo[]; due?: Millis | null; verb?: string; to_unit?: string | null; hash?: string | null; moved?: { old: Millis; new: Millis } | null
}
export interface Clock { id: string; label: string; due: Millis; explanation: string; provisional: boolean; fraction: number; paused: boolean; running?: boolean; done?: boolean; late?: boolean; promise?: boolean }
export interface CaseAction {
  id: string; verb: string; label: string; primary: boolean; danger: boolean; form: Schema | null
  needs: { reason: boolean; unit: boolean; unit_optional?: boolean; photos: boolean | number; assists?: boolean; person?: boolean; other_case?: boolean }; reasons: { code: string; label: string }[]
}
export interface Proposal { unit: Named; reason: string; assists: (Named | string)[] }
export interface HotSpotLink { key: string; name?: string; from?: Millis; to?: Millis; calls?: number; crashes?: number; [more: string]: Json | undefined }
/** A part of a split case: what one assisting unit has to do. */
export interface CasePart { unit: string | Named; state: 'open' | 'done' | 'dropped'; words?: string | null; at?: Millis | null }
export interface CaseChild { id?: string; case?: string; number: string; matter: string; matter_title?: string | null; visible?: boolean; unit?: Named | null; due_at?: Millis | null; title?: string | null; stage: string | { id: string; label: string; base?: Base }; base?: Base; mandatory: boolean }
export interface ParentCase { id?: string; case?: string; number: string; matter: string; matter_title?: string | null; visible?: boolean; title?: string | null; unit?: Named | string | null }
export interface CallBack { at: Millis; score: number; low: boolean; words?: string | null }
/** Before and now at the same place: is it better since the case was closed? */
export interface EffectCheck { after: string; at: Millis; before: number; now: number; ratio: number | null; low: number | null; high: number | null; p?: number | null; verdict: string; label?: string }
export interface CaseDocument { id: string; letter: string; title: string; number: string; at: Millis; url: string }
export interface CaseEffect { id: string; label: string; state: 'waiting' | 'done' | 'stuck' | 'dropped'; at: Millis | null; failure?: string | null }
export interface Case extends CaseRow {
  parts?: CasePart[]; children?: CaseChild[]; parent?: ParentCase | null; call_backs?: CallBack[]; effect_checks?: EffectCheck[]
  documents?: CaseDocument[]; effects?: CaseEffect[]; letters?: { id: string; title: string }[]
  fields: Fields; form: Schema; photos: Photo[]; after_photos: Photo[]; timeline: TimelineEntry[]; clocks: Clock[]; actions: CaseAction[]
  proposal: Proposal | null; siblings: CaseRow[]; evidence: { signals: Signal[]; signals_total?: number; hotspot: HotSpotLink | null } | null; assists?: Named[]; copies?: Named[]; definition?: { id: string; version: number | string; hash: string }
  reporter: { name_masked: string | null; phone_masked: string | null; can_reveal?: boolean } | null; ledger: { head: string; events: number; verified: boolean | null } | null
}
export type Box = 'todo' | 'unit' | 'parts' | 'mine' | 'review' | 'all'
export interface Page<T> { items: T[]; next: string | null; total: number }
export interface CasePage extends Page<CaseRow> {
  counts: Partial<Record<Box, number>>
  /** Cases of the box by matter; nothing where there are too many to count. */
  matters?: Record<string, number> | null
  /** Counting ended at `total`: there are so many or more. */
  total_is_least?: boolean
  counts_at_least?: Box[]
  /** With words: what was opened before this was not looked at. */
  searched_from?: Millis | null
}
/** Where a case is; a matter about a vehicle or a firm may leave it out. */
export interface GivenPlace { key?: string | null; lon?: number; lat?: number; text?: string }
export interface NewCase {
  matter: string; fields: Fields; place: GivenPlace; photos: string[]
  evidence?: { signals?: string[]; hotspot?: Record<string, Json> }; key: string
}
export interface Indicator { id: string; label: string; numerator: string; denominator: string; unit: string; source: string; better: 'high' | 'low' | string; city_only?: boolean }
export interface Figure { num: number; den: number; value: number | null; low?: number | null; high?: number | null }
export interface Scoreboard {
  period: [Millis, Millis] | { from: Millis; to: Millis }; indicators: Indicator[]
  rows: { unit: { id: string; name: string; kind: string }; values: Record<string, Figure> }[]; total: Record<string, Figure> | { values: Record<string, Figure> }; synthetic: boolean; repeat_rule?: string
}
export interface Person { id: string; name: string; login: string; unit: string | null; roles: string[]; phone?: string | null; active: boolean; unit_name?: string | null }
export interface EventRecord { id?: string; seq?: number; stream: string; kind: string; at: Millis; actor: string | null; summary?: string; data?: Json; [more: string]: Json | undefined }
export interface Ledger { heads: number | Json[] | Record<string, Json>; events?: number; last_anchor: Json; verified_at: Millis | null }
export interface Subject { kind?: 'place' | 'road' | 'vehicle' | 'person' | 'enterprise' | 'none'; key?: string | null; duplicates?: Json }
/** A matter's definition as far as the diagram needs it; a server without the address leaves the forms only. */
export interface DefinitionInfo {
  subject?: Subject; list?: { key: string; campaign?: string | null; gone?: string | null } | null; letters?: { id: string; title?: Text | string; public?: boolean }[]; forms?: Record<string, { schema: Schema } | Schema>
  public?: { open?: boolean; listed?: boolean; photos?: boolean } | null; group?: Text | string | null; /** Whether the one who asks may open it. */ may_open?: boolean; count?: number; open_photos?: number; hotspot?: { fields: Fields } | null
  id: string; version?: number | string; content_hash?: string; hash?: string; title: Text | string; description?: Text | string; schema?: Schema | null; effective_from?: string
  stages?: { id: string; base: Base; label: Text | string }[]; actions?: { id: string; verb: string; label: Text | string; from?: string[]; to?: string | null; who_label?: Text | string; form?: string | null; photos?: number; needs_reason?: boolean }[]
  clocks?: { id: string; label: Text | string; source?: string }[]; routing?: { id: string; when?: string; to: string; assist?: string[]; reason: Text | string }[]; unconfirmed?: Record<string, string>
}
export interface PublicMatter { id: string; title: Text | string; description: Text | string; schema: Schema | null; subject?: string | Subject; group?: Text | string | null; photos?: number; place_needed?: boolean; open?: boolean; listed?: boolean }
export interface Candidate { key?: string; name: string; kind?: string; lon: number; lat: number; confidence: number; reason: string }
export interface Nearby { number: string; title: string; stage_label: string; public_status: string; distance_m: number; opened_at: Millis; token: string }
export interface NewReport { matter: string; fields: Fields; place: GivenPlace; photos: string[]; reporter?: { name: string; phone: string }; key: string }
export interface Receipt { number: string; token: string; link: string; promised_at: Millis | null; promised_explanation: string | null }
export interface PublicCase {
  number: string; title?: string; public_status: string; stage_label: string; place_name: string; opened_at: Millis; promised_at: Millis | null; promised_explanation: string | null
  unit_name: string | null; timeline: { at: Millis; label: string; text: string | null }[]; photos: (Photo | string)[]; after_photos: (Photo | string)[]
  matter?: string; lon?: number | null; lat?: number | null; fields?: Json; form?: Schema | null; actions?: PublicAction[]; documents?: { title: string; number: string; url: string; at: Millis }[]; call_backs?: CallBack[]
  can_contest: boolean; own?: boolean; supports?: number; contest_until: Millis | null; closed_at: Millis | null
}

/** What the reporter may do with the own case by the secret link. */
export interface PublicAction { id: string; verb: string; label: string; form: Schema | null; danger?: boolean; needs?: { reason?: boolean; photos?: number | boolean }; reasons?: { code: string; label: string }[]; until?: Millis | null }
/** A case of a listed matter, as everybody may see it. */
export interface PublicRow { number: string; matter: string; title: string; place_name: string | null; lon?: number | null; lat?: number | null; public_status: string; stage_label: string; opened_at: Millis; closed_at?: Millis | null; unit_name?: string | null; fields?: Json }
export interface Notice { id: string; kind: string; text: string; case: string | null; number: string | null; title: string | null; at: Millis; read: boolean }
export interface StuckItem { id: string; kind: string; target: string; state: 'stuck' | 'failing'; case: string | null; number: string | null; title: string | null; failure: string | null; attempts: number; since: Millis | null; next_at?: Millis | null; can: ('retry' | 'drop')[] }
export interface Webhook { id: string; url: string; topics: string[]; active: boolean; secret?: string | null; delivered_at?: Millis | null; failure?: string | null }
export interface SmtpSettings { host: string; port: number; security: 'starttls' | 'tls' | 'none'; user: string; from: string; has_secret?: boolean; secret?: string }
export interface SmsSettings { adapter: 'log' | 'http'; url: string; template: string; content_type: string; secret_header: string; has_secret?: boolean; secret?: string }
export interface Channels { public_url: string; smtp: SmtpSettings | null; sms: SmsSettings; faults?: Record<string, string>; messages?: { id: string; channel: string; adapter: string; recipient: string; words: string; at: Millis }[] }
/** A key with which another program comes in by Open311; its words are told once. */
export interface OpenKey { id: string; name: string; active: boolean; created_at: Millis; used_at: Millis | null }
/** Another Open311 server: work is sent there for a unit, and requests are fetched from there as cases of a matter. */
export interface Peer { id: string; name: string; url: string; jurisdiction: string; format: 'json' | 'xml'; has_key: boolean; unit: string | null; push_service: string; pull_matter: string | null; pull_services: string; active: boolean }
export interface PointSum { points: number; gained: number; lost: number; cases: number }
export interface PointRow extends PointSum { unit: Named; frozen: PointSum | null }
export interface PointEntry { case: string; number: string; rule: string; label: string; matter: string; unit: string; at: Millis; points: number; appeal_until: Millis | null; appeal_open: boolean }
/** Points of a month by unit; with a unit, the entries behind them. */
export interface Points { month: string; from: Millis; to: Millis; frozen_at: Millis | null; rows: PointRow[]; items?: PointEntry[]; total?: number; next?: string | null }
export interface ListRow { campaign: string; total: number; open: number; closed: number; contacted?: number; cured?: number; done?: number; cancelled?: number; at?: Millis | null }
export interface Lists { matter: string; title: string; columns: { name: string; title: string; required: boolean }[]; items: ListRow[] }
export interface ListAnswer { opened: number; kept: number; cured: number; rejected: { row: number; column: string | null; reason: string }[] }
export interface CalendarYear { year: number; text: string; source?: string; announced?: boolean; days?: number }
export interface CalendarAnswer { changed: number; examples: { number: string; old: Millis | string; new: Millis | string; why: string }[] }

/** The JSON Schema 2020-12 subset that forms are written in; see README, "Forms". */
export interface Schema {
  type?: 'object' | 'string' | 'number' | 'integer' | 'boolean' | 'array'
  title?: string | Text; description?: string | Text; properties?: Record<string, Schema>; required?: string[]; items?: Schema
  enum?: Json[]; const?: Json; oneOf?: { const: Json; title?: string | Text }[]; default?: Json; format?: string; pattern?: string
  minimum?: number; maximum?: number; minLength?: number; maxLength?: number; minItems?: number; maxItems?: number
  if?: Schema; then?: Schema; else?: Schema; allOf?: Schema[]
  'x-ui'?: string; 'x-labels'?: Record<string, string | Text | Record<string, string>>; 'x-step'?: number | string; 'x-visibility'?: string; 'x-icons'?: Record<string, string>
  'x-title'?: Text; 'x-help'?: Text; 'x-unit'?: string | Text; readOnly?: boolean
  [more: string]: unknown
}

/** A refusal of the server in words for the person at the screen; `fields` maps JSON pointers to messages. */
export class ApiError extends Error {
  constructor(readonly status: number, readonly code: string, message: string, readonly fields: Record<string, string> = {}, readonly trace: string | null = null, readonly more: Record<string, Json> = {}) {
    super(message)
  }
  /** True when nothing reached the server, so that the same request may be sent again. */
  get offline(): boolean { return this.status === 0 }
}

/** Called on 401 of any request but the session's own; the office sends the person to the login. */
let onSignedOut: () => void = () => {}
export function whenSignedOut(handler: () => void): void { onSignedOut = handler }

export type Query = Record<string, string | number | boolean | null | undefined | (string | number)[]>
export function queryString(query: Query = {}): string {
  const out = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === '' || (Array.isArray(value) && !value.length)) continue
    out.set(name, Array.isArray(value) ? value.join(',') : String(value))
  }
  const text = out.toString()
  return text ? `?${text}` : ''
}

export interface Options { query?: Query; body?: unknown; form?: FormData; signal?: AbortSignal }
export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': language.value }
  if (method !== 'GET') headers['X-Gongzhi'] = '1'
  if (options.body !== undefined) headers['Content-Type'] = 'application/json'
  let answer: Response
  try {
    answer = await fetch(path + queryString(options.query), { method, headers, credentials: 'same-origin', signal: options.signal, body: options.form ?? (options.body === undefined ? undefined : JSON.stringify(options.body)) })
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError(0, 'offline', t('error.offline'))
  }
  return read<T>(answer.status, await answer.text().catch(() => ''), path)
}

function read<T>(status: number, text: string, path: string): T {
  let body: Json = null
  try { body = text ? JSON.parse(text) as Json : null } catch { /* not JSON: a proxy's page; the status says enough */ }
  if (status >= 200 && status < 300) return body as T
  const problem = (body && typeof body === 'object' && !Array.isArray(body) ? body : {}) as Record<string, Json>
  if (status === 401 && !path.startsWith('/api/session') && !path.startsWith('/api/public')) onSignedOut()
  const words = typeof problem.message === 'string' ? problem.message : status === 413 ? t('error.large') : status === 404 ? t('error.missing') : status === 403 ? t('error.forbidden') : status >= 500 ? t('error.server') : t('error.refused')
  throw new ApiError(status, typeof problem.code === 'string' ? problem.code : `http_${status}`, words, (problem.fields ?? {}) as Record<string, string>, typeof problem.trace === 'string' ? problem.trace : null, problem)
}

const get = <T>(path: string, query?: Query, signal?: AbortSignal) => request<T>('GET', path, { query, signal })
const post = <T>(path: string, body: unknown = {}) => request<T>('POST', path, { body })
const patch = <T>(path: string, body: unknown) => request<T>('PATCH', path, { body })
const part = encodeURIComponent

/** Uploads one photo, film or document with progress (0…1); fetch has no upload progress, so this is an XMLHttpRequest. */
export function uploadPhoto(file: Blob, name: string, isPublic: boolean, progress?: (part: number) => void): Promise<Photo> {
  return new Promise((resolve, reject) => {
    const path = `/api${isPublic ? '/public' : ''}/${file.type.startsWith('video/') || file.type === 'application/pdf' ? 'attachments' : 'photos'}`
    const call = new XMLHttpRequest()
    call.open('POST', path)
    call.setRequestHeader('X-Gongzhi', '1')
    call.setRequestHeader('Accept-Language', language.value)
    call.upload.onprogress = e => e.lengthComputable && progress?.(e.loaded / e.total)
    call.onload = () => { try { resolve(read<Photo>(call.status, call.responseText, path)) } catch (cause) { reject(cause) } }
    call.onerror = () => reject(new ApiError(0, 'offline', t('error.offline')))
    const form = new FormData()
    form.append('file', file, name)
    call.send(form)
  })
}

export const api = {
  login: (login: string, password: string) => post<Me>('/api/session', { login, password }),
  me: () => get<Me>('/api/session'),
  logout: () => request<void>('DELETE', '/api/session'),
  city: () => get<City>('/api/city'),
  demo: () => get<{ synthetic: boolean; clock: { now: Millis; speed: number }; logins: { login: string; password: string; name: string; role: string; unit: string }[] }>('/api/demo'),

  signals: (query: Query, signal?: AbortSignal) => get<Page<Signal>>('/api/signals', query, signal),
  signal: (id: string) => get<Signal>(`/api/signals/${part(id)}`),
  suggest: (words: string) => post<{ class: string; reason: string; places: Candidate[] }>('/api/signals/suggest', { words }),

  cases: (query: Query, signal?: AbortSignal) => get<CasePage>('/api/cases', query, signal),
  case: (id: string) => get<Case>(`/api/cases/${part(id)}`),
  openCase: (body: NewCase) => post<Case>('/api/cases', body),
  act: (id: string, action: string, body: { version: number; fields: Fields; reason?: string; reason_code?: string; unit?: string; photos?: string[]; assists?: string[]; person?: string; other_case?: string; key?: string }) => post<Case>(`/api/cases/${part(id)}/actions/${part(action)}`, body),
  reveal: (id: string, field: string, purpose: string) => post<{ value: string }>(`/api/cases/${part(id)}/reveal`, { field, purpose }),

  document: (id: string, letter: string) => post<CaseDocument>(`/api/cases/${part(id)}/documents`, { letter }),

  notices: () => get<{ items: Notice[]; unread: number; next: string | null }>('/api/notices', { limit: 30 }),
  readNotices: (marks: { ids?: string[]; up_to?: string }) => post<{ unread: number }>('/api/notices/read', marks),
  stuck: () => get<StuckItem[] | Page<StuckItem>>('/api/stuck').then(list),
  retryStuck: (id: string) => post<Json>(`/api/stuck/${part(id)}/retry`),
  dropStuck: (id: string, reason: string) => post<Json>(`/api/stuck/${part(id)}/drop`, { reason }),
  webhooks: () => get<{ items: Webhook[]; topics: string[] }>('/api/webhooks'),
  addWebhook: (body: { url: string; topics: string[]; active: boolean }) => post<Webhook>('/api/webhooks', body),
  editWebhook: (id: string, body: Record<string, Json>) => patch<Webhook>(`/api/webhooks/${part(id)}`, body),
  channels: () => get<Channels>('/api/channels'),
  putChannels: (body: { public_url: string; smtp: SmtpSettings | null; sms: SmsSettings }) => request<Channels>('PUT', '/api/channels', { body }),
  testChannel: (body: { channel: 'email' | 'sms'; to: string }) => post<{ ok: boolean; adapter: string; failure: string | null }>('/api/channels/test', body),
  lists: (matter: string) => get<Lists>(`/api/lists/${part(matter)}`),
  sendList: (matter: string, body: { campaign: string; csv?: string; rows?: Fields[]; dry_run: boolean }) => post<ListAnswer>(`/api/lists/${part(matter)}`, body),
  calendar: () => get<CalendarYear[] | { years: CalendarYear[] } | Page<CalendarYear>>('/api/calendar').then(found => Array.isArray(found) ? found : 'years' in found ? found.years : found.items),
  putCalendar: (year: number, body: { text: string; dry_run: boolean }) => request<CalendarAnswer>('PUT', `/api/calendar/${year}`, { body }),
  points: (query: Query, signal?: AbortSignal) => get<Points>('/api/points', query, signal),

  scoreboard: (query: Query, signal?: AbortSignal) => get<Scoreboard>('/api/scoreboard', query, signal),
  scoreRecords: (query: Query) => get<{ items: (CaseRow | Signal)[]; kind: 'case' | 'signal'; total: number }>('/api/scoreboard/records', query),

  definition: (id: string) => get<DefinitionInfo>(`/api/matters/${part(id)}`),
  versions: (id: string) => get<{ items: Version[] }>(`/api/matters/${part(id)}/versions`).then(found => found.items),
  difference: (id: string, from: string, to: string) => get<Difference>(`/api/matters/${part(id)}/diff`, { from, to }),
  migrate: (id: string, body: { from: number; dry_run: boolean }) => post<Migrated>(`/api/matters/${part(id)}/migrate`, body),
  drafts: () => get<{ items: DraftRow[] }>('/api/drafts').then(found => found.items),
  draft: (id: string) => get<Draft>(`/api/drafts/${part(id)}`),
  makeDraft: (body: { matter: string; hash?: string; files?: Files }) => post<Draft>('/api/drafts', body),
  saveDraft: (id: string, body: { revision: number; files: Files; base?: string }) => request<Draft>('PUT', `/api/drafts/${part(id)}`, { body }),
  dropDraft: (id: string) => request<void>('DELETE', `/api/drafts/${part(id)}`),
  checkDraft: (id: string) => post<Checked>(`/api/drafts/${part(id)}/check`),
  testDraft: (id: string) => post<Played>(`/api/drafts/${part(id)}/test`),
  benchDraft: (id: string, body: { fields: Fields; place: GivenPlace; at?: Millis }) => post<BenchAnswer>(`/api/drafts/${part(id)}/bench`, body),
  publishDraft: (id: string, body: { note: string; revision: number; despite_scenarios: boolean }) => post<{ matter: string; version: number; hash: string }>(`/api/drafts/${part(id)}/publish`, body),
  openKeys: () => get<{ items: OpenKey[] }>('/api/open311/keys').then(found => found.items),
  makeOpenKey: (name: string) => post<OpenKey & { key: string }>('/api/open311/keys', { name }),
  switchOpenKey: (id: string, active: boolean) => patch<Json>(`/api/open311/keys/${part(id)}`, { active }),
  peers: () => get<{ items: Peer[] }>('/api/open311/peers').then(found => found.items),
  addPeer: (body: Record<string, Json>) => post<Peer>('/api/open311/peers', body),
  editPeer: (id: string, body: Record<string, Json>) => patch<Peer>(`/api/open311/peers/${part(id)}`, body),
  definitions: () => get<DefinitionInfo[] | Page<DefinitionInfo>>('/api/matters').then(list),
  editUnit: (id: string, body: Record<string, Json>) => patch<UnitInfo>(`/api/units/${part(id)}`, body),
  units: () => get<UnitInfo[] | Page<UnitInfo>>('/api/units').then(list),
  addUnit: (body: Record<string, Json>) => post<UnitInfo>('/api/units', body),
  people: (unit?: string) => get<Person[] | Page<Person>>('/api/people', { unit }).then(list),
  addPerson: (body: Record<string, Json>) => post<Person>('/api/people', body),
  editPerson: (id: string, body: Record<string, Json>) => patch<Person>(`/api/people/${part(id)}`, body),
  events: (query: Query) => get<Page<EventRecord>>('/api/events', query),
  ledger: () => get<Ledger>('/api/ledger'),
  verifyLedger: () => post<{ ok: boolean; checked: number; break: Json }>('/api/ledger/verify'),

  publicMatters: () => get<PublicMatter[] | Page<PublicMatter>>('/api/public/matters').then(list),
  publicPlace: (lon: number, lat: number) => get<{ name: string; key: string | null; in_network: boolean }>('/api/public/place', { lon, lat }),
  publicSearch: (q: string, signal?: AbortSignal) => get<Candidate[] | Page<Candidate>>('/api/public/search', { q }, signal).then(list),
  nearby: (query: Query) => get<Nearby[] | Page<Nearby>>('/api/public/nearby', query).then(list),
  report: (body: NewReport) => post<Receipt>('/api/public/cases', body),
  support: (token: string) => post<Json>(`/api/public/cases/${part(token)}/support`),
  publicCase: (token: string) => get<PublicCase>(`/api/public/cases/${part(token)}`),
  publicCases: (query: Query, signal?: AbortSignal) => get<PublicRow[] | Page<PublicRow>>('/api/public/cases', query, signal).then(found => Array.isArray(found) ? { items: found, next: null, total: found.length } : found),
  publicAct: (token: string, action: string, body: { fields?: Fields; reason?: string; reason_code?: string; photos?: string[] }) => post<PublicCase>(`/api/public/cases/${part(token)}/actions/${part(action)}`, body),
  contest: (token: string, body: { reason: string; photos: string[] }) => post<PublicCase | null>(`/api/public/cases/${part(token)}/contest`, body),
}

function list<T>(answer: T[] | Page<T>): T[] { return Array.isArray(answer) ? answer : answer.items }
