import type { DefinitionInfo, Fields, Json, Schema } from '../api'

/** What was found at a place, in words and figures. */
export interface Finding { what: string; evidence: string; name: string; from: string; to: string; calls: number; crashes: number; injured: number; deaths: number }
/** A matter that a hot spot can become, and the answers its opening form gets from the finding. */
export interface Opening { id: string; title: DefinitionInfo['title']; category: string | null; fields: (finding: Finding) => Fields; /** Required answers that only a person can give. */ missing: (fields: Fields) => string[] }

const offers = (schema: Schema, value: Json) => schema.enum?.includes(value) ?? schema.oneOf?.some(one => one.const === value) ?? false

/**
 * Which matters take a hot spot is read from their opening forms: a field that knows `hotspot` as an answer (how it was
 * found), or fields for the figures (`calls_before`, `crashes_before`). A field that knows `black_spot` gets it; words go
 * into `description` and `evidence_note`, or into the first long text there is; figures and the period into fields of
 * their names.
 */
export function openings(matters: DefinitionInfo[]): Opening[] {
  return matters.flatMap(one => {
    const all = one.schema?.properties ?? {}, properties = Object.entries(all)
    const found = properties.find(([, schema]) => offers(schema, 'hotspot'))
    const figures = 'calls_before' in all && 'crashes_before' in all
    if ((!found && !figures) || one.may_open === false) return []
    const category = properties.find(([, schema]) => offers(schema, 'black_spot'))
    const long = properties.filter(([, schema]) => schema['x-ui'] === 'textarea').map(([key]) => key)
    const what = long.includes('description') ? 'description' : figures ? undefined : long[0]
    const evidence = long.includes('evidence_note') ? 'evidence_note' : long.find(key => key !== what)
    const cut = (key: string, words: string) => words.slice(0, all[key]?.maxLength ?? words.length)
    return [{
      id: one.id, title: one.title, category: category?.[0] === 'category' ? 'black_spot' : null,
      fields: finding => {
        const known: Fields = { title: cut('title', finding.name), period_from: finding.from, period_to: finding.to, calls_before: finding.calls, crashes_before: finding.crashes, injured_before: finding.injured, deaths_before: finding.deaths }
        return {
          ...(found ? { [found[0]]: 'hotspot' } : {}), ...(category ? { [category[0]]: 'black_spot' } : {}), ...(what ? { [what]: cut(what, finding.what) } : {}), ...(evidence ? { [evidence]: cut(evidence, finding.evidence) } : {}),
          ...(figures ? Object.fromEntries(Object.entries(known).filter(([key]) => key in all)) : {}),
        }
      },
      missing: fields => (one.schema?.required ?? []).filter(key => fields[key] === undefined),
    }]
  })
}
