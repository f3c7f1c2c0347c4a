import type { DefinitionInfo, Fields, Json, Schema } from '../api'

/** A matter that a hot spot can become, and the answers its opening form gets from the finding. */
export interface Opening { id: string; title: DefinitionInfo['title']; category: string | null; fields: (words: { what: string; evidence: string }) => Fields }

const offers = (schema: Schema, value: Json) => schema.enum?.includes(value) ?? schema.oneOf?.some(one => one.const === value) ?? false

/**
 * Which matters take a hot spot is read from their opening forms: one of the fields must know `hotspot` as an answer
 * (how it was found). A field that knows `black_spot` gets it; the finding's words go into `description` and `evidence_note`,
 * or into the first long text there is.
 */
export function openings(matters: DefinitionInfo[]): Opening[] {
  return matters.flatMap(one => {
    const properties = Object.entries(one.schema?.properties ?? {})
    const found = properties.find(([, schema]) => offers(schema, 'hotspot'))
    if (!found || one.may_open === false) return []
    const category = properties.find(([, schema]) => offers(schema, 'black_spot'))
    const long = properties.filter(([, schema]) => schema['x-ui'] === 'textarea').map(([key]) => key)
    const what = long.includes('description') ? 'description' : long[0]
    const evidence = long.includes('evidence_note') ? 'evidence_note' : long.find(key => key !== what)
    const cut = (key: string, words: string) => words.slice(0, one.schema?.properties?.[key]?.maxLength ?? words.length)
    return [{
      id: one.id, title: one.title, category: category?.[0] === 'category' ? 'black_spot' : null,
      fields: words => ({ [found[0]]: 'hotspot', ...(category ? { [category[0]]: 'black_spot' } : {}), ...(what ? { [what]: cut(what, words.what) } : {}), ...(evidence ? { [evidence]: cut(evidence, words.evidence) } : {}) }),
    }]
  })
}
