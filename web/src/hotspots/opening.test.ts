import { describe, expect, it } from 'vitest'
import type { DefinitionInfo, Schema } from '../api'
import { openings } from './opening'

const matter = (id: string, properties: Record<string, Schema>, required: string[] = [], more: Partial<DefinitionInfo> = {}): DefinitionInfo => ({ id, title: id, schema: { type: 'object', properties, required }, ...more })
const finding = { what: '共 38 起', evidence: '之比 2.1', name: '胜利路口', from: '2026-01-01', to: '2026-10-31', calls: 38, crashes: 6, injured: 2, deaths: 0 }
const hazard = { category: { type: 'string', enum: ['lamp', 'black_spot'] }, found_by: { type: 'string', enum: ['patrol', 'hotspot'] }, description: { type: 'string', 'x-ui': 'textarea', maxLength: 4 }, evidence_note: { type: 'string', 'x-ui': 'textarea' } } satisfies Record<string, Schema>

describe('what a hot spot can become', () => {
  it('is read from the opening forms, not from names', () => {
    const found = openings([matter('a', hazard, ['category']), matter('b', { plate: { type: 'string' } }), matter('c', hazard, [], { may_open: false })])
    expect(found.map(one => one.id)).toEqual(['a'])
    expect(found[0].category).toBe('black_spot')
    const fields = found[0].fields(finding)
    expect(fields).toEqual({ found_by: 'hotspot', category: 'black_spot', description: '共 38', evidence_note: '之比 2.1' })
    expect(found[0].missing(fields)).toEqual([])
  })
  it('gives figures to the fields that ask for them, and says what only a person can answer', () => {
    const [one] = openings([matter('spot', { title: { type: 'string', maxLength: 2 }, category: { type: 'string', enum: ['crash', 'jam'] }, period_from: { type: 'string' }, calls_before: { type: 'integer' }, crashes_before: { type: 'integer' }, cause: { type: 'string', 'x-ui': 'textarea' }, evidence_note: { type: 'string', 'x-ui': 'textarea' } }, ['title', 'category', 'calls_before'])])
    const fields = one.fields(finding)
    expect(fields).toEqual({ title: '胜利', period_from: '2026-01-01', calls_before: 38, crashes_before: 6, evidence_note: '之比 2.1' })
    expect(one.missing(fields)).toEqual(['category'])
  })
})
