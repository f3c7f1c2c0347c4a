import { say, t, type Text } from './i18n'
import type { Fields, Json, Schema } from './api'
import { unitName } from './city'
import { dateTime } from './when'

/** Reads the form language (a subset of JSON Schema 2020-12): which fields show, what may be chosen, what is plainly wrong. The server stays the judge. */
export interface FormField { key: string; pointer: string; schema: Schema; required: boolean; label: string; hint: string; kind: FieldKind }
/** How a field is drawn. `rows`: a list of objects as a table; `list`: a list of words, one a line; `yesno`: a boolean that must be answered. */
export type FieldKind = 'text' | 'area' | 'number' | 'date' | 'datetime' | 'phone' | 'plate' | 'idcard' | 'check' | 'yesno' | 'score' | 'select' | 'cards' | 'many' | 'list' | 'rows' | 'photos' | 'place' | 'unit' | 'units' | 'case' | 'group'
export interface Choice { value: Json; label: string; icon: string | null }

const words = (plain: Schema['title'], extra: Text | undefined) => say(extra ?? plain ?? '')
export function labelOf(key: string, schema: Schema): string { return words(schema.title, schema['x-title']) || key }

export function choices(schema: Schema): Choice[] {
  if (schema.type === 'boolean') return [true, false].map(value => ({ value, label: say(schema['x-labels']?.[String(value)] as Text | undefined) || t(value ? 'form.yes' : 'form.no'), icon: null }))
  if (schema.type === 'integer' && !schema.enum && !schema.oneOf && schema.minimum === 1 && schema.maximum === 5) return [1, 2, 3, 4, 5].map(value => ({ value, label: say(schema['x-labels']?.[String(value)] as Text | undefined) || String(value), icon: null }))
  const all = listed(schema)
  return all.some(one => one.icon) ? all.map(one => one.icon ? one : { ...one, icon: 'other' }) : all
}
function listed(schema: Schema): Choice[] {
  if (schema.oneOf) return schema.oneOf.filter(one => 'const' in one).map(one => ({ value: one.const, label: say(one.title) || String(one.const), icon: schema['x-icons']?.[String(one.const)] ?? guess(one.const) }))
  const labels = schema['x-labels'] ?? {}
  // Both shapes are met: {value: {zh, en}} and {"zh-CN": {value: words}, en: {value: words}}.
  const byLanguage = (labels['zh-CN'] ?? labels['zh']) as Record<string, string> | undefined
  return (schema.enum ?? []).map(value => {
    const key = String(value)
    const direct = labels[key] as Text | string | undefined
    const label = direct ? say(direct) : byLanguage && typeof byLanguage === 'object' ? say({ zh: byLanguage[key] ?? key, en: (labels['en'] as Record<string, string> | undefined)?.[key] ?? key }) : key
    return { value, label, icon: schema['x-icons']?.[key] ?? guess(value) }
  })
}

// Icons for common identifiers of hazards, where the form names none; anything unknown gets no icon.
const ICONS: [RegExp, string][] = [[/signal|traffic_light/, 'light'], [/lamp|lighting|street_light/, 'lamp'], [/marking|lane_line/, 'line'], [/sign/, 'sign'], [/guard|fence|barrier|rail/, 'fence'], [/sight|view|visib|tree|plant|green/, 'tree'], [/works|construct|occup/, 'cone'], [/manhole|drain|cover|ponding|flood/, 'drain'], [/^(school|hospital|scenic|entrance|bus_stop|street_market)$/, 'building'], [/parking/, 'sign'], [/spill|pollution|ice|fog/, 'warn'], [/cable|pipeline|fire_lane|dangerous/, 'flame'], [/curve|junction|median|tunnel|bridge|slope|waterside|drying/, 'map'], [/black_spot/, 'spot'], [/pavement|pothole|surface|road_damage/, 'pothole'], [/^other$/, 'other']]
function guess(value: Json): string | null { return typeof value === 'string' ? ICONS.find(([pattern]) => pattern.test(value))?.[1] ?? null : null }

const isUnit = (schema: Schema | undefined) => schema?.['x-ui'] === 'org-ref' || schema?.['x-ui'] === 'unit'
function kindOf(schema: Schema, audience: 'public' | 'office', required: boolean): FieldKind {
  const ui = schema['x-ui']
  if (ui === 'photos' || ui === 'evidence') return 'photos'
  if (ui === 'geo-point' || ui === 'place') return 'place'
  if (schema.type === 'array') return schema.items?.type === 'object' ? 'rows' : isUnit(schema) || isUnit(schema.items) ? 'units' : schema.items?.enum || schema.items?.oneOf ? 'many' : 'list'
  if (isUnit(schema)) return 'unit'
  if (schema.type === 'object') return 'group'
  if (schema.enum || schema.oneOf) return ui === 'cards' || ui === 'radio' || (ui === undefined && choices(schema).length <= (audience === 'public' ? Infinity : 5)) ? 'cards' : 'select'
  // A question that must be answered is answered yes or no: an unticked box would say "no" for somebody who has not read it.
  if (schema.type === 'boolean') return required && schema.const === undefined && schema.default === undefined ? 'yesno' : 'check'
  // A judgement from one to five is pressed, not typed.
  if (schema.type === 'integer' && schema.minimum === 1 && schema.maximum === 5 && !schema['x-unit']) return 'score'
  if (schema.type === 'number' || schema.type === 'integer') return 'number'
  if (schema.format === 'date' || ui === 'date') return 'date'
  if (schema.format === 'date-time') return 'datetime'
  if (ui === 'phone') return 'phone'
  if (ui === 'plate' || ui === 'vehicle') return 'plate'
  if (ui === 'id-card') return 'idcard'
  if (ui === 'case') return 'case'
  return ui === 'textarea' || (schema.maxLength ?? 0) > 120 ? 'area' : 'text'
}

function holds(condition: Schema | undefined, value: Fields): boolean {
  if (!condition) return false
  const wanted = condition.required ?? []
  if (wanted.some(key => isBlank(value[key]))) return false
  return Object.entries(condition.properties ?? {}).every(([key, rule]) => {
    const has = value[key]
    if ('const' in rule && has !== rule.const) return false
    if (rule.enum && !rule.enum.includes(has ?? null)) return false
    if (rule.minimum !== undefined && !(typeof has === 'number' && has >= rule.minimum)) return false
    if (rule.minLength !== undefined && !(typeof has === 'string' && [...has].length >= rule.minLength)) return false
    if (rule.minItems !== undefined && !(Array.isArray(has) && has.length >= rule.minItems)) return false
    return true
  })
}
/** The object schema with every if/then/else that holds for `value` folded in. */
export function folded(schema: Schema, value: Fields): { properties: Record<string, Schema>; required: Set<string> } {
  const properties = { ...schema.properties }
  const required = new Set(schema.required ?? [])
  const fold = (rule: Schema, own: boolean): void => {
    if (own) {
      for (const [key, more] of Object.entries(rule.properties ?? {})) properties[key] = { ...properties[key], ...more }
      for (const key of rule.required ?? []) required.add(key)
    }
    if (rule.if) { const branch = holds(rule.if, value) ? rule.then : rule.else; if (branch) fold(branch, true) }
    for (const one of rule.allOf ?? []) fold(one, true)
  }
  fold(schema, false)
  return { properties, required }
}
/** Fields in the order they are drawn. `audience` hides fields meant for others. */
export function fieldsOf(schema: Schema, value: Fields, audience: 'public' | 'office' = 'office', prefix = ''): FormField[] {
  const { properties, required } = folded(schema, value)
  // A form that names steps asks the public for exactly those fields; visibility then only says who may see the answers.
  const base = new Set(Object.values(schema.properties ?? {}))
  const steps = Object.values(schema.properties ?? {}).some(one => one['x-step'] !== undefined)
  return Object.entries(properties)
    .filter(([, one]) => audience === 'office' || prefix !== '' || (steps ? one['x-step'] !== undefined || !base.has(one) : !one['x-visibility'] || one['x-visibility'] === 'public'))
    .filter(([, one]) => !one.readOnly)
    .map(([key, one]) => ({ key, pointer: `${prefix}/${key.replace(/~/g, '~0').replace(/\//g, '~1')}`, schema: one, required: required.has(key), label: labelOf(key, one), hint: words(one.description, one['x-help'] as Text | undefined), kind: kindOf(one, audience, required.has(key)) }))
}

export function isBlank(value: Json | undefined): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}
/** What can be said at once without asking the server: missing, too short, out of range, wrong pattern. Pointer → message. */
export function check(schema: Schema, value: Fields, audience: 'public' | 'office' = 'office', prefix = '', skip: readonly string[] = []): Record<string, string> {
  const wrong: Record<string, string> = {}
  for (const field of fieldsOf(schema, value, audience, prefix)) {
    if (skip.includes(field.key)) continue
    const has = value[field.key]
    const { schema: rule, label: name, pointer } = field
    if (field.kind === 'group') { if (field.required || !isBare(has)) Object.assign(wrong, check(rule, asFields(has), audience, pointer)); continue }
    if (field.kind === 'check') { if (field.required && rule.const === true && has !== true) wrong[pointer] = t('form.must', { name }); continue }
    if (isBlank(has)) { if (field.required || (Array.isArray(has) && (rule.minItems ?? 0) > 0 && field.required)) wrong[pointer] = t(CHOSEN.includes(field.kind) ? 'form.choose_one' : 'form.required', { name }); continue }
    if (typeof has === 'string') {
      const length = [...has.trim()].length
      if (rule.minLength && length < rule.minLength) wrong[pointer] = t('form.short', { name, n: rule.minLength })
      else if (rule.maxLength && [...has].length > rule.maxLength) wrong[pointer] = t('form.long', { name, n: rule.maxLength })
      else if (field.kind === 'number') wrong[pointer] = t('form.number', { name })
      else if (rule.pattern && !matches(rule.pattern, has.trim())) wrong[pointer] = t('form.pattern', { name })
    } else if (typeof has === 'number') {
      if (rule.minimum !== undefined && has < rule.minimum) wrong[pointer] = t('form.low', { name, n: rule.minimum })
      else if (rule.maximum !== undefined && has > rule.maximum) wrong[pointer] = t('form.high', { name, n: rule.maximum })
      else if (rule.type === 'integer' && !Number.isInteger(has)) wrong[pointer] = t('form.whole', { name })
    } else if (Array.isArray(has)) {
      if (rule.minItems && has.length < rule.minItems) wrong[pointer] = t('form.few', { name, n: rule.minItems })
      else if (rule.maxItems && has.length > rule.maxItems) wrong[pointer] = t('form.many', { name, n: rule.maxItems })
      if (field.kind === 'rows') has.forEach((one, n) => Object.assign(wrong, check(rule.items ?? {}, asFields(one), audience, `${pointer}/${n}`)))
    }
  }
  return wrong
}
const CHOSEN: FieldKind[] = ['cards', 'select', 'many', 'yesno', 'score', 'unit', 'units']
const asFields = (value: Json | undefined): Fields => value && typeof value === 'object' && !Array.isArray(value) ? value as Fields : {}
/** True for a group in which nothing has been filled in. */
const isBare = (value: Json | undefined): boolean => Object.values(asFields(value)).every(one => isBlank(one) || one === false)
function matches(pattern: string, text: string): boolean { try { return new RegExp(pattern, 'u').test(text) } catch { return true } }

/** Only what the visible fields hold: a branch that no longer applies must not travel to the server. */
export function visibleValue(schema: Schema, value: Fields, audience: 'public' | 'office' = 'office', prefix = ''): Fields {
  const out: Fields = {}
  for (const field of fieldsOf(schema, value, audience, prefix)) {
    const has = value[field.key]
    if (field.kind === 'group') { if (field.required || !isBare(has)) out[field.key] = visibleValue(field.schema, asFields(has), audience, field.pointer) }
    else if (field.kind === 'rows') { if (Array.isArray(has) && has.length) out[field.key] = has.map((one, n) => visibleValue(field.schema.items ?? {}, asFields(one), audience, `${field.pointer}/${n}`)) }
    else if (field.kind === 'check' && field.required && has === undefined) out[field.key] = false
    else if (!isBlank(has)) out[field.key] = typeof has === 'string' ? has.trim() : has!
  }
  return out
}
/** The values a form begins with: what its definition proposes. */
export function proposed(schema: Schema): Fields {
  const out: Fields = {}
  for (const [key, one] of Object.entries(schema.properties ?? {})) {
    if (one.default !== undefined) out[key] = one.default
    else if (one.type === 'object') { const inner = proposed(one); if (Object.keys(inner).length) out[key] = inner }
  }
  return out
}
/** A stored value in words, for facts and timelines. */
export function inWords(schema: Schema, value: Json | undefined): string {
  if (isBlank(value)) return t(schema.type === 'boolean' ? 'form.no' : 'form.empty')
  if (value && typeof value === 'object' && !Array.isArray(value) && typeof value.masked === 'string') return value.masked
  if (typeof value === 'boolean') return choices({ ...schema, type: 'boolean' }).find(one => one.value === value)!.label
  if (Array.isArray(value)) return value.map(one => one && typeof one === 'object' ? inWords(schema.items ?? {}, one) : word(schema.items ?? schema, one)).join(t(schema.items?.type === 'object' ? 'form.join_rows' : 'form.join'))
  if (typeof value === 'object') return Object.entries(value as Fields).filter(([, v]) => !isBlank(v)).map(([k, v]) => `${labelOf(k, schema.properties?.[k] ?? {})} ${inWords(schema.properties?.[k] ?? {}, v)}`).join(t('form.join'))
  return word(schema, value!) + (schema['x-unit'] ? ` ${say(schema['x-unit'])}` : '')
}
function word(schema: Schema, value: Json): string {
  if (isUnit(schema)) return unitName(String(value))
  const chosen = choices(schema).find(one => one.value === value)?.label
  if (chosen) return chosen
  if (schema.format === 'date-time' && !Number.isNaN(Date.parse(String(value)))) return dateTime(Date.parse(String(value)))
  return String(value)
}
/** One fact of a filled form: its words, and for a list of objects the rows as a table. */
export interface Fact { key: string; label: string; words: string; visibility: string; rows: { heads: string[]; lines: string[][] } | null; masked: boolean }
/** A filled form as facts with labels. Fields that are empty are left out unless the form asks for them; photos and places stand elsewhere. */
export function factsOf(schema: Schema, value: Fields, options: { all?: boolean; audience?: 'public' | 'office' } = {}): Fact[] {
  return fieldsOf(schema, value, options.audience ?? 'office')
    .filter(one => one.kind !== 'photos' && one.kind !== 'place' && (!isBlank(value[one.key]) || (options.all && one.required)))
    .flatMap(one => {
      const has = value[one.key], rows = one.kind === 'rows' && Array.isArray(has) ? has.map(asFields) : null
      if (one.kind === 'group' && has && !('masked' in asFields(has))) return factsOf(one.schema, asFields(has), options).map(inner => ({ ...inner, key: `${one.key}.${inner.key}`, label: `${one.label} · ${inner.label}` }))
      const heads = rows ? Object.entries(one.schema.items?.properties ?? {}).filter(([key]) => rows.some(row => !isBlank(row[key]))) : []
      return [{
        key: one.key, label: one.label, words: inWords(one.schema, has), visibility: String(one.schema['x-visibility'] ?? 'public'), masked: typeof has === 'object' && !!has && 'masked' in has,
        rows: rows && { heads: heads.map(([key, schema]) => labelOf(key, schema)), lines: rows.map(row => heads.map(([key, schema]) => isBlank(row[key]) ? '—' : inWords(schema, row[key]))) },
      }]
    })
}
