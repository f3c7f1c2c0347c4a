import { describe, expect, it } from 'vitest'

const files = import.meta.glob<Record<string, string>>('../src/i18n/*.json', { eager: true, import: 'default' })
const sources = import.meta.glob<string>('../src/**/*.{vue,ts}', { eager: true, import: 'default', query: '?raw' })
const names = Object.keys(files).filter(name => name.endsWith('zh.json'))
const english = (name: string) => files[name.replace('zh.json', 'en.json')]

describe('catalogues', () => {
  it.each(names)('%s and its English twin have the same keys and the same places to fill', name => {
    const zh = files[name], en = english(name)
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort())
    const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(match => match[1]).sort()
    for (const key of Object.keys(zh)) {
      expect(zh[key].trim(), key).not.toBe('')
      expect(en[key].trim(), key).not.toBe('')
      expect(places(en[key]), key).toEqual(places(zh[key]))
    }
  })
  it('has no Han characters in English but for the name of the other language', () => {
    for (const name of names) for (const [key, text] of Object.entries(english(name)))
      if (key !== 'language.switch') expect(text, key).not.toMatch(/\p{Script=Han}/u)
  })
  it('defines no key twice over the catalogues', () => {
    const all = names.flatMap(name => Object.keys(files[name]))
    expect(all.filter((key, n) => all.indexOf(key) !== n)).toEqual([])
  })
  it('knows every key the sources ask for', () => {
    expect(Object.keys(sources).length).toBeGreaterThan(30)
    const known = new Set(names.flatMap(name => Object.keys(files[name])))
    const missing = Object.entries(sources).flatMap(([path, text]) => [...text.matchAll(/\bt\('([^']+)'/g)].map(match => match[1]).filter(key => !known.has(key)).map(key => `${path}: ${key}`))
    expect(missing).toEqual([])
  })
})
