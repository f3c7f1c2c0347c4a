import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const folder = join(__dirname, '../src/i18n')
const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, string>
const names = readdirSync(folder).filter(name => name.endsWith('zh.json'))

describe('catalogues', () => {
  it.each(names)('%s and its English twin have the same keys and the same places to fill', name => {
    const zh = read(name), en = read(name.replace('zh.json', 'en.json'))
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort())
    const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(match => match[1]).sort()
    for (const key of Object.keys(zh)) {
      expect(zh[key].trim(), key).not.toBe('')
      expect(en[key].trim(), key).not.toBe('')
      expect(places(en[key]), key).toEqual(places(zh[key]))
    }
  })
  it('has no Han characters in English but for the name of the other language', () => {
    for (const name of names) for (const [key, text] of Object.entries(read(name.replace('zh.json', 'en.json'))))
      if (key !== 'language.switch') expect(text, key).not.toMatch(/\p{Script=Han}/u)
  })
  it('defines no key twice over the catalogues', () => {
    const all = names.flatMap(name => Object.keys(read(name)))
    expect(all.filter((key, n) => all.indexOf(key) !== n)).toEqual([])
  })
  it('knows every key the sources ask for', () => {
    const known = new Set(names.flatMap(name => Object.keys(read(name))))
    const missing: string[] = []
    const walk = (path: string) => {
      for (const entry of readdirSync(path, { withFileTypes: true })) {
        if (entry.isDirectory()) walk(join(path, entry.name))
        else if (/\.(vue|ts)$/.test(entry.name)) for (const [, key] of readFileSync(join(path, entry.name), 'utf8').matchAll(/\bt\('([^']+)'/g)) if (!known.has(key)) missing.push(`${entry.name}: ${key}`)
      }
    }
    walk(join(__dirname, '../src'))
    expect(missing).toEqual([])
  })
})
