import { describe, expect, it } from 'vitest'
import { changedFiles, clocksOf, faultsIn, fileNameFits, lineAt, lineNumbers, offsetOf, percent, tree, type DrawnDefinition, type Fault } from '../src/office/drafting'

describe('places in a text', () => {
  const text = 'id = "x"\n\n𠮷字 = 1\nlast'
  it('counts characters, not halves of them', () => {
    expect(offsetOf(text, 1, 1)).toBe(0)
    expect(offsetOf(text, 1, 6)).toBe(5)
    expect(text.slice(offsetOf(text, 3, 2))).toBe('字 = 1\nlast')
    expect(text.slice(offsetOf(text, 4, 1))).toBe('last')
  })
  it('stays within the text when the place is beyond it', () => {
    expect(offsetOf(text, 2, 9)).toBe(9)
    expect(offsetOf(text, 99, 1)).toBe(text.length)
    expect(offsetOf(text, 0, 0)).toBe(0)
  })
  it('finds the line again', () => {
    for (const line of [1, 2, 3, 4]) expect(lineAt(text, offsetOf(text, line, 1))).toBe(line)
    expect(lineNumbers(text)).toBe('1\n2\n3\n4')
    expect(lineNumbers('')).toBe('1')
  })
})

describe('files', () => {
  it('stand by folder, the definition first', () => {
    expect(tree(['forms/open.schema.json', 'zh.toml', 'en.toml', 'scenarios/a.toml', 'matter.toml', 'forms/act.schema.json', 'README.md'])).toEqual([
      { folder: '', names: ['matter.toml', 'zh.toml', 'en.toml', 'README.md'] },
      { folder: 'forms', names: ['forms/act.schema.json', 'forms/open.schema.json'] },
      { folder: 'scenarios', names: ['scenarios/a.toml'] },
    ])
  })
  it('take the names that the server takes', () => {
    for (const good of ['notes.md', 'forms/new.schema.json', 'letters/order.typ']) expect(fileNameFits(good, {}), good).toBe(true)
    for (const bad of ['', 'x', '../a.toml', '/a.toml', 'a//b.toml', '.a.toml', 'a b.toml', 'run.sh']) expect(fileNameFits(bad, {}), bad).toBe(false)
    expect(fileNameFits('matter.toml', { 'matter.toml': '' })).toBe(false)
  })
  it('are told apart by their texts', () => { expect(changedFiles({ a: '1', b: '2', c: '3' }, { a: '1', b: '3', d: '' })).toEqual(['b', 'c', 'd']) })
  it('hold their own faults in order', () => {
    const fault = (file: string, line: number, column = 1): Fault => ({ file, line, column, code: 'x', message: { zh: '', en: '' } })
    expect(faultsIn([fault('a', 9), fault('b', 1), fault('a', 2, 7), fault('a', 2, 3)], 'a').map(one => [one.line, one.column])).toEqual([[2, 3], [2, 7], [9, 1]])
  })
})

describe('what is shown', () => {
  it('says full coverage only when nothing is left', () => {
    expect(percent({ touched: ['a', 'b'], untouched: ['c'] })).toBe(66)
    expect(percent({ touched: Array.from({ length: 999 }, String), untouched: ['x'] })).toBe(99)
    expect(percent({ touched: [], untouched: [] })).toBe(100)
  })
  it('draws the clocks of the stage only', () => {
    const definition = { id: 'm', title: 'm', stages: [{ id: 's', base: 'handle', label: 's', clocks: ['b'] }], clocks: [{ id: 'a', label: 'A' }, { id: 'b', label: { zh: '乙', en: 'B' } }] } as DrawnDefinition
    expect(clocksOf(definition, 's', one => typeof one === 'string' ? one : one?.en ?? '', 5).map(one => [one.id, one.label, one.due])).toEqual([['b', 'B', 5]])
    expect(clocksOf(definition, 'other', String, 5)).toEqual([])
  })
})
