// Fills any form the screens draw from a definition, by what stands on the page: it knows no matter.
import assert from 'node:assert/strict'

const local = (text) => { const at = Date.parse(text); if (Number.isNaN(at)) return String(text).slice(0, 16); return new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'short' }).format(at).replace(' ', 'T') }

/** Chooses a unit (or several) in a picker, by name as a person would, then by its id among the offers. */
export async function chooseUnit(page, input, id, name) {
  await input.click()
  await input.fill(name)
  await page.locator(`.unit-picker li[data-unit="${id}"]`).locator('visible=true').first().click()
}

/** One field of a form. Answers false when it is not on the page (yet): a condition may bring it later. */
async function field(page, scope, key, value, names, inside) {
  // A row of a table may have a field of the same name as the form around it.
  const box = scope.locator(`${inside ? ':scope > .inner-form' : '.schema-form'} > [data-test="field-${key}"]`).first()
  if (!(await box.count())) return false
  const more = box.locator(`[data-test="more-${key}"]`)
  if (await more.count()) await more.click()
  if (Array.isArray(value) && value.some((one) => one && typeof one === 'object')) {
    for (const [n, row] of value.entries()) {
      const at = box.locator(`[data-test="row-${key}-${n}"]`)
      if (!(await at.count())) await box.locator(`[data-test="add-${key}"]`).click()
      await fill(page, at, row, names, { inside: true })
    }
    return true
  }
  const picker = box.locator('input[role=combobox]')
  if (await picker.count()) {
    for (const one of [value].flat()) {
      if (await box.locator('.unit-picker').getAttribute('data-value').catch(() => '') === one) continue
      if (names[one]) await chooseUnit(page, picker, one, names[one])
      else await picker.fill(String(one))
    }
    return true
  }
  const radios = box.locator('input[type=radio]')
  if (await radios.count()) { await box.locator(`input[type=radio][value=${JSON.stringify(String(value))}]`).check({ force: true }); return true }
  const ticks = box.locator('input[type=checkbox]')
  if (await ticks.count()) {
    if (Array.isArray(value)) for (const one of value) await box.locator(`input[type=checkbox][value=${JSON.stringify(String(one))}]`).check({ force: true })
    else await ticks.first().setChecked(value === true, { force: true })
    return true
  }
  const select = box.locator('select')
  if (await select.count()) { await select.selectOption(String(value)); return true }
  if (value && typeof value === 'object' && !Array.isArray(value)) { await fill(page, box, value, names, { inside: true }); return true }
  const input = box.locator('input,textarea').first()
  const type = await input.getAttribute('type')
  await input.fill(type === 'datetime-local' ? local(value) : Array.isArray(value) ? value.join('\n') : String(value))
  return true
}
/** Fills what is there, again and again, until nothing more appears; answers the keys that found no field. */
export async function fill(page, scope, fields, names = {}, { partly = false, inside = false } = {}) {
  let left = Object.entries(fields ?? {})
  for (let turn = 0; turn < 4 && left.length; turn++) {
    const rest = []
    for (const [key, value] of left) if (!(await field(page, scope, key, value, names, inside))) rest.push([key, value])
    if (rest.length === left.length) break
    left = rest
  }
  if (!partly) assert.deepEqual(left.map(([key]) => key), [], 'every field of the scenario is in the form')
  return left.map(([key]) => key)
}
