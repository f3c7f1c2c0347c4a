import type { PublicMatter, Schema } from '../api'
import type { FormField } from '../forms'

/** One page of a report: where, some fields, photos, or the last look before it is sent. */
export type Page = { kind: 'place' } | { kind: 'fields'; step: number; keys: string[]; first: boolean } | { kind: 'photos' } | { kind: 'check' }

/** Whether a case of this matter is somewhere: then the report begins with the place. */
export function hasPlace(matter: Pick<PublicMatter, 'subject' | 'place_needed'>): boolean {
  if (matter.place_needed !== undefined) return matter.place_needed
  const kind = typeof matter.subject === 'string' ? matter.subject : matter.subject?.kind
  return kind === undefined || kind === 'place' || kind === 'road'
}
/** Whether the form itself asks for a place: such a matter has a place page too, whatever it is about. */
export function asksPlace(matter: PublicMatter): boolean {
  return hasPlace(matter) || Object.values(matter.schema?.properties ?? {}).some(one => one['x-step'] !== undefined && ['geo-point', 'place'].includes(String(one['x-ui'])))
}
/** The pages of a report, made from the form's steps: fields of the same `x-step` stand on one page. */
export function pagesOf(matter: PublicMatter, fields: FormField[]): Page[] {
  const byStep = new Map<number, string[]>()
  for (const one of fields) { const step = Number(one.schema['x-step'] ?? stepOfParent(matter.schema, one.key) ?? 9); byStep.set(step, [...(byStep.get(step) ?? []), one.key]) }
  const steps = [...byStep].sort(([a], [b]) => a - b)
  return [
    ...(asksPlace(matter) ? [{ kind: 'place' as const }] : []),
    ...steps.map(([step, keys], n) => ({ kind: 'fields' as const, step, keys, first: n === 0 })),
    { kind: 'photos' as const },
    { kind: 'check' as const },
  ]
}
/** A field that appears on a condition stands with the field that calls it. */
function stepOfParent(schema: Schema | null, key: string): number | undefined {
  for (const rule of schema?.allOf ?? []) if (rule.then?.properties && key in rule.then.properties || rule.else?.properties && key in rule.else.properties) {
    const cause = Object.keys(rule.if?.properties ?? {})[0]
    const step = cause ? schema?.properties?.[cause]?.['x-step'] : undefined
    if (step !== undefined) return Number(step)
  }
  return undefined
}
