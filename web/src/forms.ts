import { say, t, type Text } from './i18n'
import type { Fields, Json, Schema } from './api'
import { unitName } from './city'

/** Reads the form language (a subset of JSON Schema 2020-12): which fields show, what may be chosen, what is plainly wrong. The server stays the judge. */
export interface FormField { key: string; pointer: string; schema: Schema; required: boolean; label: string; hint: string; kind: FieldKind }
export type FieldKind = 'text' | 'area' | 'number' | 'date' | 'datetime' | 'phone' | 'check' | 'select' | 'cards' | 'many' | 'photos' | 'place' | 'unit' | 'group'
export interface Choice { value: Json; label: string; icon: string | null }

const words = (plain: Schema['title'], extra: Text | undefined) => say(extra ?? plain ?? '')
export function labelOf(key: string, schema: Schema): string { return words(schema.title, schema['x-title']) || key }

export function choices(schema: Schema): Choice[] {
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

function kindOf(schema: Schema, audience: 'public' | 'office'): FieldKind {
  const ui = schema['x-ui']
  if (ui === 'photos') return 'photos'
  if (ui === 'org-ref') return 'unit'
  if (ui === 'geo-point' || ui === 'place') return 'place'
  if (schema.type === 'object') return 'group'
  if (schema.type === 'array') return 'many'
  if (schema.enum || schema.oneOf) return ui === 'cards' || ui === 'radio' || (ui === undefined && choices(schema).length <= (audience === 'public' ? Infinity : 5)) ? 'cards' : 'select'
  if (schema.type === 'boolean') return 'check'
  if (schema.type === 'number' || schema.type === 'integer') return 'number'
  if (schema.format === 'date') return 'date'
  if (schema.format === 'date-time') return 'datetime'
  if (ui === 'phone') return 'phone'
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
    .filter(([, one]) => audience === 'office' || (steps ? one['x-step'] !== undefined || !base.has(one) : !one['x-visibility'] || one['x-visibility'] === 'public'))
    .filter(([, one]) => !one.readOnly)
    .map(([key, one]) => ({ key, pointer: `${prefix}/${key.replace(/~/g, '~0').replace(/\//g, '~1')}`, schema: one, required: required.has(key), label: labelOf(key, one), hint: words(one.description, one['x-help'] as Text | undefined), kind: kindOf(one, audience) }))
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
    if (field.kind === 'group') { Object.assign(wrong, check(rule, (has ?? {}) as Fields, audience, pointer)); continue }
    if (isBlank(has)) { if (field.required && field.kind !== 'check') wrong[pointer] = t(field.kind === 'cards' || field.kind === 'select' || field.kind === 'many' ? 'form.choose_one' : 'form.required', { name }); continue }
    if (typeof has === 'string') {
      const length = [...has.trim()].length
      if (rule.minLength && length < rule.minLength) wrong[pointer] = t('form.short', { name, n: rule.minLength })
      else if (rule.maxLength && [...has].length > rule.maxLength) wrong[pointer] = t('form.long', { name, n: rule.maxLength })
      else if (field.kind === 'number') wrong[pointer] = t('form.number', { name })
      else if (rule.pattern && !matches(rule.pattern, has)) wrong[pointer] = t('form.pattern', { name })
    } else if (typeof has === 'number') {
      if (rule.minimum !== undefined && has < rule.minimum) wrong[pointer] = t('form.low', { name, n: rule.minimum })
      else if (rule.maximum !== undefined && has > rule.maximum) wrong[pointer] = t('form.high', { name, n: rule.maximum })
    } else if (Array.isArray(has) && rule.minItems && has.length < rule.minItems) wrong[pointer] = t('form.few', { name, n: rule.minItems })
  }
  return wrong
}
function matches(pattern: string, text: string): boolean {
  try { return new RegExp(pattern, 'u').test(text) } catch { return true /* the server knows this dialect better */ }
}
/** Only what the visible fields hold: a branch that no longer applies must not travel to the server. */
export function visibleValue(schema: Schema, value: Fields, audience: 'public' | 'office' = 'office'): Fields {
  const out: Fields = {}
  for (const field of fieldsOf(schema, value, audience)) {
    const has = value[field.key]
    if (field.kind === 'group') out[field.key] = visibleValue(field.schema, (has ?? {}) as Fields, audience)
    else if (!isBlank(has)) out[field.key] = typeof has === 'string' ? has.trim() : has!
  }
  return out
}
/** A stored value in words, for facts and timelines. */
export function inWords(schema: Schema, value: Json | undefined): string {
  if (isBlank(value)) return t(schema.type === 'boolean' ? 'form.no' : 'form.empty')
  const one = (v: Json) => choices(schema.items ?? schema).find(c => c.value === v)?.label ?? String(v)
  if (typeof value === 'boolean') return t(value ? 'form.yes' : 'form.no')
  if (Array.isArray(value)) return value.map(one).join(t('form.join'))
  if (typeof value === 'object') return Object.entries(value as Fields).map(([k, v]) => `${labelOf(k, schema.properties?.[k] ?? {})} ${String(v)}`).join(t('form.join'))
  if (schema['x-ui'] === 'org-ref') return unitName(String(value))
  const unit = schema['x-unit'] ? ` ${say(schema['x-unit'])}` : ''
  return one(value!) + unit
}
