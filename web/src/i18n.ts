import { ref, shallowRef } from 'vue'
import zh from './i18n/zh.json'

export type Language = 'zh' | 'en'
type Catalogue = Record<string, string>
/** Every key of the shared, office and console catalogues; a test holds zh and en to the same keys. */
export type Key =
  | keyof typeof zh
  | keyof typeof import('./i18n/office.zh.json')
  | keyof typeof import('./i18n/console.zh.json')
  | keyof typeof import('./i18n/risk.zh.json')
/** A text both languages of which came from the server. */
export interface Text { zh: string; en: string }

const parts: { zh: Catalogue; en: () => Promise<{ default: Catalogue }> }[] = [
  { zh, en: () => import('./i18n/en.json') },
]
const words = shallowRef<Catalogue>(zh)
export const language = ref<Language>('zh')

/** Adds a part of the catalogue (office, console); call it before the first screen is drawn. */
export function addCatalogue(part: Catalogue, english: () => Promise<{ default: Catalogue }>): void {
  parts.push({ zh: part, en: english })
  if (language.value === 'zh') words.value = { ...words.value, ...part }
}

export async function setLanguage(next: Language): Promise<void> {
  const loaded = next === 'zh' ? parts.map(p => p.zh) : (await Promise.all(parts.map(p => p.en()))).map(m => m.default)
  words.value = Object.assign({}, ...loaded) as Catalogue
  language.value = next
  document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en'
  try { localStorage.setItem('gongzhi.language', next) } catch { /* private mode: the choice lasts for this visit */ }
}

/** The remembered language, or the one in ?lang=, or Chinese. */
export async function startLanguage(): Promise<void> {
  const asked = new URLSearchParams(location.search).get('lang')
  let kept: string | null = null
  try { kept = localStorage.getItem('gongzhi.language') } catch { /* see above */ }
  await setLanguage((asked ?? kept) === 'en' ? 'en' : 'zh')
}

export function t(key: Key, values?: Record<string, string | number>): string {
  const text = words.value[key] ?? key
  return values ? text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? `{${name}}`)) : text
}

/** A server text that may be localised already (string) or carry both languages. */
export function say(text: Text | string | null | undefined): string {
  if (text == null) return ''
  if (typeof text === 'string') return text
  return (language.value === 'zh' ? text.zh : text.en) || text.zh || text.en || ''
}
