import { enableAutoUnmount, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nextTick, ref } from 'vue'
import type { City, Fields, Schema } from '../src/api'
import { city } from '../src/city'
import { check, factsOf, fieldsOf, inWords, visibleValue } from '../src/forms'
import { setLanguage } from '../src/i18n'
import { setZone } from '../src/when'
import SchemaForm from '../src/parts/SchemaForm.vue'

const schema: Schema = {
  type: 'object', required: ['category', 'description'],
  properties: {
    category: { type: 'string', 'x-title': { zh: '类别', en: 'Kind' }, enum: ['pavement', 'other'], 'x-labels': { pavement: { zh: '路面', en: 'Surface' }, other: { zh: '其他', en: 'Other' } } },
    description: { type: 'string', title: '说明', minLength: 4, maxLength: 200, 'x-ui': 'textarea' },
    lanes: { type: 'integer', title: '车道数', minimum: 1, maximum: 8, 'x-visibility': 'office' },
    tags: { type: 'array', title: '标记', items: { type: 'string', enum: ['a', 'b'] } },
    blocked: { type: 'boolean', title: '影响通行' },
  },
  allOf: [{ if: { properties: { category: { const: 'other' } }, required: ['category'] }, then: { properties: { which: { type: 'string', title: '哪一种' } }, required: ['which'] } }],
}
enableAutoUnmount(afterEach)
beforeEach(() => setLanguage('zh'))

describe('form language', () => {
  const names = (value: Fields, audience: 'public' | 'office' = 'office') => fieldsOf(schema, value, audience).map(field => field.key)
  it('folds a condition in only while it holds', () => {
    expect(names({})).toEqual(['category', 'description', 'lanes', 'tags', 'blocked'])
    expect(names({ category: 'other' })).toContain('which')
    expect(check(schema, { category: 'other', description: '够长的说明' })).toEqual({ '/which': '请填写“哪一种”' })
  })
  it('hides what the public must not see', () => { expect(names({}, 'public')).not.toContain('lanes') })
  it('a form with steps asks the public for exactly the fields that have one, whoever may see the answers', () => {
    const stepped: Schema = { type: 'object', properties: { kind: { type: 'string', 'x-step': 1, 'x-visibility': 'public' }, words: { type: 'string', 'x-step': 3, 'x-visibility': 'office' }, level: { type: 'integer', 'x-visibility': 'public' } } }
    expect(fieldsOf(stepped, {}, 'public').map(f => f.key)).toEqual(['kind', 'words'])
    expect(fieldsOf(stepped, {}).map(f => f.key)).toEqual(['kind', 'words', 'level'])
  })
  it('says each fault once, by pointer', () => {
    expect(check(schema, {})).toEqual({ '/category': '请选择“类别”', '/description': '请填写“说明”' })
    expect(check(schema, { category: 'pavement', description: '短', lanes: 9 })).toEqual({ '/description': '“说明”至少 4 个字', '/lanes': '“车道数”不能大于 8' })
    expect(check(schema, { category: 'pavement', description: '够长的说明', lanes: 'x' })).toEqual({ '/lanes': '“车道数”应为数字' })
  })
  it('sends only what shows', () => {
    expect(visibleValue(schema, { category: 'pavement', description: ' 够长 ', which: '旧的', tags: [], lanes: 2 }, 'public')).toEqual({ category: 'pavement', description: '够长' })
  })
  it('puts values in words of the language', async () => {
    expect(inWords(schema.properties!.category, 'pavement')).toBe('路面')
    expect(inWords(schema.properties!.blocked, true)).toBe('是')
    await setLanguage('en')
    expect(inWords(schema.properties!.category, 'pavement')).toBe('Surface')
    expect(fieldsOf(schema, {})[0].label).toBe('Kind')
  })
  it('knows nested conditions and minimum', () => {
    const nested: Schema = { type: 'object', properties: { n: { type: 'integer' } }, if: { properties: { n: { minimum: 3 } }, required: ['n'] }, then: { properties: { why: { type: 'string' } }, if: { properties: { why: { const: 'x' } }, required: ['why'] }, then: { required: ['more'], properties: { more: { type: 'string' } } } } }
    expect(fieldsOf(nested, { n: 2 }).map(f => f.key)).toEqual(['n'])
    expect(fieldsOf(nested, { n: 3 }).map(f => f.key)).toEqual(['n', 'why'])
    expect(fieldsOf(nested, { n: 3, why: 'x' }).map(f => f.key)).toEqual(['n', 'why', 'more'])
  })
})

describe('SchemaForm', () => {
  function open(errors: Record<string, string> = {}) {
    const value = ref<Fields>({})
    const form = mount(SchemaForm, { attachTo: document.body, props: { schema, modelValue: value.value, errors, 'onUpdate:modelValue': (next: Fields) => { value.value = next; void form.setProps({ modelValue: next }) } } })
    return { form, value }
  }
  it('labels every control', () => {
    const { form } = open()
    for (const control of form.findAll('input:not([type=radio]):not([type=checkbox]), select, textarea')) expect(form.find(`label[for="${control.attributes('id')}"]`).exists(), control.html()).toBe(true)
    expect(form.find('fieldset legend').text()).toBe('类别')
  })
  it('edits values with their types, and a new field appears on its condition', async () => {
    const { form, value } = open()
    await form.findAll('input[type=radio]')[1].setValue(true)
    expect(value.value).toEqual({ category: 'other' })
    expect(form.find('[data-test=field-which]').exists()).toBe(true)
    await form.find('[data-test=field-lanes] input').setValue('3')
    expect(value.value.lanes).toBe(3)
    await form.find('[data-test=field-lanes] input').setValue('')
    expect('lanes' in value.value).toBe(false)
    await form.findAll('[data-test=field-tags] input')[1].setValue(true)
    expect(value.value.tags).toEqual(['b'])
  })
  it('a long list of choices opens on demand, and never hides what is chosen', async () => {
    const long: Schema = { type: 'object', properties: { kind: { type: 'string', title: '类别', enum: Array.from({ length: 35 }, (_, n) => `k${n}`) } } }
    const form = mount(SchemaForm, { props: { schema: long, modelValue: {} as Fields, audience: 'public' } })
    expect(form.findAll('input[type=radio]').length).toBe(11)
    expect(form.text()).toContain('k34')
    await form.setProps({ modelValue: { kind: 'k20' } })
    expect(form.findAll('input[type=radio]').length).toBe(35)
    await form.setProps({ modelValue: {} })
    await form.find('[data-test=more-kind]').trigger('click')
    expect(form.findAll('input[type=radio]').length).toBe(35)
  })
  it('on faults shows a focused summary that leads to the fields', async () => {
    const { form } = open()
    expect((form.vm as unknown as { validate(): boolean }).validate()).toBe(false)
    await nextTick()
    await nextTick()
    const summary = form.find('[data-test=form-errors]')
    expect(summary.findAll('a').map(a => a.text())).toEqual(['请选择“类别”', '请填写“说明”'])
    expect(document.activeElement).toBe(summary.element)
    await summary.findAll('a')[1].trigger('click')
    expect(document.activeElement).toBe(form.find('textarea').element)
    expect(form.find('textarea').attributes('aria-invalid')).toBe('true')
  })
  it("shows the server's words at the field", () => {
    const { form } = open({ '/description': '太含糊' })
    expect(form.find('[data-test=field-description] .error').text()).toBe('太含糊')
    expect(form.find('textarea').attributes('aria-describedby')).toContain('error')
  })
})

describe('tables, groups and pickers', () => {
  const sheet: Schema = {
    type: 'object', required: ['items', 'hurt'],
    properties: {
      items: { type: 'array', title: '清单', 'x-ui': 'table', minItems: 1, maxItems: 3, items: { type: 'object', required: ['what'], properties: { what: { type: 'string', 'x-title': { zh: '内容', en: 'What' }, minLength: 2 }, count: { type: 'integer', 'x-title': { zh: '数量', en: 'Count' }, minimum: 1, 'x-unit': { zh: '处', en: 'places' } }, unit: { type: 'string', 'x-title': { zh: '单位', en: 'Unit' }, 'x-ui': 'unit' } } } },
      hurt: { type: 'boolean', 'x-title': { zh: '有人受伤', en: 'Anybody hurt' } },
      agreed: { type: 'boolean', title: '同意', default: false },
      owner: { type: 'object', title: '车主', required: ['name'], properties: { name: { type: 'string', title: '姓名' }, born: { type: 'string', title: '出生日期', 'x-ui': 'date', format: 'date' } } },
      score: { type: 'integer', title: '评分', minimum: 1, maximum: 5 },
      plates: { type: 'array', title: '车牌', items: { type: 'string' } },
      plate: { type: 'string', title: '号牌', 'x-ui': 'plate' },
    },
  }
  const kinds = () => Object.fromEntries(fieldsOf(sheet, {}).map(field => [field.key, field.kind]))
  it('draws each kind as what it is', () => {
    expect(kinds()).toEqual({ items: 'rows', hurt: 'yesno', agreed: 'check', owner: 'group', score: 'score', plates: 'list', plate: 'plate' })
  })
  it('says faults inside rows and groups by pointer, and leaves an untouched optional group alone', () => {
    expect(check(sheet, {})).toEqual({ '/items': '请填写“清单”', '/hurt': '请选择“有人受伤”' })
    expect(check(sheet, { hurt: false, items: [{ what: '好的' }, { what: '短' }, { count: 0 }] })).toEqual({ '/items/1/what': '“内容”至少 2 个字', '/items/2/what': '请填写“内容”', '/items/2/count': '“数量”不能小于 1' })
    expect(check(sheet, { hurt: false, items: [{ what: '好的' }], owner: { born: '2000-01-01' } })).toEqual({ '/owner/name': '请填写“姓名”' })
  })
  it('sends rows and groups with only what shows, and no empty group', () => {
    expect(visibleValue(sheet, { hurt: false, items: [{ what: ' 标线 ', count: 2, gone: 1 }], owner: {}, plates: [] })).toEqual({ hurt: false, items: [{ what: '标线', count: 2 }] })
  })
  it('puts rows into a table of words', () => {
    const [fact] = factsOf(sheet, { items: [{ what: '标线', count: 2 }, { what: '护栏' }] })
    expect(fact.rows).toEqual({ heads: ['内容', '数量'], lines: [['标线', '2 处'], ['护栏', '—']] })
    expect(factsOf(sheet, { owner: { name: '合成甲' } }).map(one => [one.label, one.words])).toEqual([['车主 · 姓名', '合成甲']])
    expect(factsOf(sheet, { plate: { masked: '浙A***12' } as unknown as string })[0]).toMatchObject({ words: '浙A***12', masked: true })
  })
  it('adds, edits and removes rows, and leads to the fault in the right row', async () => {
    const value = ref<Fields>({})
    const form = mount(SchemaForm, { attachTo: document.body, props: { schema: sheet, modelValue: value.value, 'onUpdate:modelValue': (next: Fields) => { value.value = next; void form.setProps({ modelValue: next }) } } })
    await form.find('[data-test=add-items]').trigger('click')
    await nextTick()
    await form.find('[data-test=row-items-0] [data-test=field-what] input').setValue('标线')
    await form.find('[data-test=add-items]').trigger('click')
    await nextTick()
    await form.find('[data-test=row-items-1] [data-test=field-count] input').setValue('3')
    expect(value.value.items).toEqual([{ what: '标线' }, { count: 3 }])
    await form.findAll('[data-test=field-hurt] input')[1].setValue(true)
    expect(value.value.hurt).toBe(false)
    expect((form.vm as unknown as { validate(): boolean }).validate()).toBe(false)
    await nextTick()
    await nextTick()
    const links = form.findAll('[data-test=form-errors] a')
    expect(links.map(a => a.text())).toEqual(['请填写“内容”'])
    await links[0].trigger('click')
    expect(document.activeElement).toBe(form.find('[data-test=row-items-1] [data-test=field-what] input').element)
    // Writing into the field takes its fault away; taking the row away takes the row.
    await form.find('[data-test=row-items-1] [data-test=field-what] input').setValue('护栏')
    expect(form.find('[data-test=form-errors]').exists()).toBe(false)
    await form.find('[data-test=row-items-0] button').trigger('click')
    expect(value.value.items).toEqual([{ count: 3, what: '护栏' }])
  })
  it('upper-cases a plate, keeps a list as lines, and gives a moment its offset', async () => {
    setZone('Asia/Shanghai')
    const schema: Schema = { type: 'object', properties: { plate: { type: 'string', title: '号牌', 'x-ui': 'plate' }, plates: { type: 'array', title: '车牌', items: { type: 'string' } }, at: { type: 'string', title: '时间', format: 'date-time' } } }
    const value = ref<Fields>({})
    const form = mount(SchemaForm, { props: { schema, modelValue: value.value, 'onUpdate:modelValue': (next: Fields) => { value.value = next; void form.setProps({ modelValue: next }) } } })
    await form.find('[data-test=field-plate] input').setValue('浙a 12b')
    const area = form.find('[data-test=field-plates] textarea')
    await area.setValue('甲\n乙\n')
    await area.trigger('change')
    await form.find('[data-test=field-at] input').setValue('2026-11-22T09:30')
    expect(value.value).toEqual({ plate: '浙A12B', plates: ['甲', '乙'], at: '2026-11-22T09:30:00+08:00' })
  })
  it('finds a unit by a piece of its name, by keyboard', async () => {
    city.value = { units: [{ id: 'a', name: { zh: '交通运输局', en: 'Transport' }, kind: 'department', parent: null }, { id: 'b', name: { zh: '城市管理局', en: 'Urban management' }, kind: 'department', parent: null }] } as unknown as City
    const schema: Schema = { type: 'object', properties: { unit: { type: 'string', title: '单位', 'x-ui': 'unit' } } }
    const value = ref<Fields>({})
    const form = mount(SchemaForm, { attachTo: document.body, props: { schema, modelValue: value.value, 'onUpdate:modelValue': (next: Fields) => { value.value = next; void form.setProps({ modelValue: next }) } } })
    const input = form.find('[data-test=field-unit] input')
    await input.setValue('城市')
    expect(form.findAll('[role=option]').map(one => one.text())).toEqual(['城市管理局'])
    await input.trigger('keydown', { key: 'Enter' })
    expect(value.value).toEqual({ unit: 'b' })
    expect((input.element as HTMLInputElement).value).toBe('城市管理局')
    // Half a word leaves what was chosen; an emptied field takes it away.
    await input.setValue('交')
    await input.trigger('blur')
    expect(value.value).toEqual({ unit: 'b' })
    await input.setValue('')
    await input.trigger('blur')
    expect(value.value).toEqual({})
  })
})
