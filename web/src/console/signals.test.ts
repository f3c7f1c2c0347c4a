import { expect, it } from 'vitest'
import type { Signal } from '../api'
import { withNews } from './signals'

const call = (id: string, words: string) => ({ id, words }) as unknown as Signal

it('keeps a call that came while the list was on its way, and the newer words of one that changed', () => {
  const news = new Map([['3', call('3', 'new')], ['2', call('2', 'corrected')]])
  expect(withNews([call('1', 'old'), call('2', 'old')], news).map((one) => `${one.id} ${(one as unknown as { words: string }).words}`)).toEqual(['1 old', '2 corrected', '3 new'])
  expect(withNews([], new Map())).toEqual([])
})
