import { enableAutoUnmount, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nextTick, ref } from 'vue'
import type { Fields, Schema } from '../src/api'
import { check, fieldsOf, inWords, visibleValue } from '../src/forms'
import { setLanguage } from '../src/i18n'
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
