// Made-up records for the mock. Deterministic but for the time of day.
const now = Date.now(), HOUR = 36e5, DAY = 864e5
let seed = 7
const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648
const pick = list => list[Math.floor(random() * list.length)]
const text = (zh, en) => ({ zh, en })

const departments = [['transport', '交通运输局', 'Transport Bureau'], ['urban', '城市管理局', 'Urban Management Bureau'], ['housing', '住房和城乡建设局', 'Housing and Construction Bureau'], ['highway', '公路管理中心', 'Highway Centre'], ['water', '水务集团', 'Water Group'], ['power', '供电公司', 'Power Company'], ['education', '教育局', 'Education Bureau'], ['health', '卫生健康局', 'Health Bureau'], ['emergency', '应急管理局', 'Emergency Bureau'], ['greening', '园林绿化中心', 'Greening Centre'], ['planning', '自然资源和规划局', 'Planning Bureau'], ['agriculture', '农业农村局', 'Agriculture Bureau'], ['weather', '气象局', 'Weather Bureau'], ['telecom', '通信发展办', 'Telecom Office'], ['insurer', '保险行业协会', 'Insurers'], ['expressway', '高速公路公司', 'Expressway Company'], ['gas', '燃气集团', 'Gas Group']]
const police = [['bureau', '交警支队', 'Traffic Police Bureau', 'bureau', null], ['brigade', '越城大队', 'Yuecheng Brigade', 'brigade', 'bureau'], ['squadron1', '城东中队', 'East Squadron', 'squadron', 'brigade'], ['squadron2', '城西中队', 'West Squadron', 'squadron', 'brigade'], ['squadron3', '镜湖中队', 'Jinghu Squadron', 'squadron', 'brigade']]
export const units = [...police.map(([id, zh, en, kind, parent]) => ({ id, name: text(zh, en), kind, parent })), ...departments.map(([id, zh, en]) => ({ id, name: text(zh, en), kind: 'department', parent: null }))]
const unitOf = id => ({ id, name: units.find(u => u.id === id).name.zh })

export const categories = [['pavement', '路面坑洼破损', 'Potholes, broken surface'], ['marking', '标线不清缺失', 'Markings worn or missing'], ['sign', '标志缺损遮挡', 'Signs missing or hidden'], ['signal', '信号灯故障', 'Signal out of order'], ['street_lamp', '路灯不亮', 'Street lamp out'], ['guardrail', '护栏缺损', 'Barrier damaged'], ['sight', '绿化遮挡视线', 'Plants block the view'], ['works', '占道施工不规范', 'Road works unsafe'], ['drain', '井盖缺损积水', 'Manhole or flooding'], ['other', '其他', 'Other']]
const crossings = ['中兴大道与胜利东路交叉口', '平江路与阳明北路交叉口', '解放南路（鲁迅路—延安路）', '环城北路高架下', '二环东路与人民东路交叉口', '洋江西路（群贤路—镜水路）', '越西路小学门口', '329 国道 K112+300', '凤林西路与梅山路交叉口', '迪荡新城 3 号隧道西口']

export const city = {
  name: text('越州市演示城区', 'Yuezhou demo district'), synthetic: true, zone: 'Asia/Shanghai', now, bounds: [120.5, 29.94, 120.68, 30.08], center: [120.585, 30.005], zoom: 13,
  network: { identity: 'mock', edges: 18231, crossings: 2411, sections: 5120 },
  classes: [{ id: 'accident', zh: '事故', en: 'Accident' }, { id: 'order', zh: '秩序', en: 'Order' }, { id: 'other', zh: '其他', en: 'Other' }],
  areas: ['府山街道', '塔山街道', '迪荡街道', '东湖街道'].map((name, n) => ({ key: `a${n}`, name, kind: 'subdistrict' })), units,
  matters: [{ id: 'hazard', version: 1, title: text('道路隐患', 'Road hazard') }], counts: { calls: 211080, crashes: 5210, cases: 264 }, first_at: now - 730 * DAY, last_at: now,
}
export const demo = {
  synthetic: true, clock: { now, speed: 1 },
  logins: [['dispatcher', '周明', ['指挥中心值班员', 'Dispatcher'], ['越城大队', 'Yuecheng Brigade'], 'bureau'], ['analyst', '沈悦', ['研判员', 'Analyst'], ['越城大队', 'Yuecheng Brigade'], 'brigade'], ['clerk', '陈立', ['联络员', 'Clerk'], ['交通运输局', 'Transport Bureau'], 'transport'], ['clerk2', '郑芳', ['联络员', 'Clerk'], ['城市管理局', 'Urban Management'], 'urban'], ['reviewer', '吴海', ['复查民警', 'Reviewer'], ['越城大队', 'Yuecheng Brigade'], 'brigade'], ['leader', '王建国', ['领导', 'Leader'], ['交警支队', 'Traffic Police Bureau'], 'bureau'], ['admin', '林静', ['管理员', 'Administrator'], ['交警支队', 'Traffic Police Bureau'], 'bureau']].map(([login, person, roles_label, unit_label, unit]) => ({ login, password: 'gongzhi-demo', person, roles_label, unit_label, unitId: unit, role_id: login === 'reviewer' ? 'officer' : login === 'admin' ? 'administrator' : login.replace('2', '') })),
}
export function me(one, l) { return { person: { id: one.login, name: one.person, login: one.login }, unit: { id: one.unitId, name: l === 'en' ? one.unit_label[1] : one.unit_label[0], kind: 'department' }, roles: [one.role_id], permissions: ['*'], home: '/office#/inbox' } }

const stages = [['received', '待派单', 'route'], ['accepting', '待签收', 'handle'], ['handling', '处理中', 'handle'], ['handling', '处理中', 'handle'], ['review', '待复查', 'review'], ['closed', '已销号', 'done'], ['closed', '已销号', 'done']]
export const rows = Array.from({ length: 64 }, (_, n) => {
  const [sid, slabel, base] = stages[n % stages.length], category = categories[(n * 3) % 10], place = crossings[(n * 7) % 10]
  const opened = now - (n * 5.3 + 2) * HOUR, due = opened + (1 + (n * 11) % 6) * DAY
  const department = units.find(u => u.id === departments[n % 3 === 0 ? 0 : (n * 5) % 17][0])
  const closed = base === 'done' ? opened + DAY * (1 + random() * 3) : null
  return { n, id: `c${n}`, number: `YH-2026-1122-${String(1 + n).padStart(4, '0')}`, matter: 'hazard', title: `${category[1]} · ${place}`, stage: { id: sid, label: slabel, base }, unit: base === 'route' ? null : { id: department.id, name: department.name.zh }, place: { name: place, lon: 120.585 + (random() - .5) * .08, lat: 30.005 + (random() - .5) * .06, key: `k${n % 10}` }, opened_at: opened, due_at: due, due_provisional: n % 6 === 1, late: !closed && due < now, closed_at: closed, severity: ['一般', '较重', '紧急'][n % 3], category_label: category[1], returns: n % 9 === 2 ? 2 : 0, version: 3, source: pick(['public', 'hotspot', 'officer', 'call']) }
})
export const cases = new Map(rows.map(r => [r.id, r]))

const words = ['追尾，两车轻微受损，占用左侧车道', '电动车与小车刮擦，有人倒地', '路面有坑，三轮车侧翻', '货车长时间停在路口影响通行', '信号灯不亮，路口很乱', '有人反映夜间施工没有警示灯']
export const signals = Array.from({ length: 60 }, (_, n) => ({ id: `s${n}`, kind: n % 5 === 0 ? 'crash' : 'call', class: pick(['accident', 'order', 'other']), class_suggested: 'accident', class_reason: '含“追尾”', class_by: null, valid: true, at: now - n * 47 * 6e4, received_at: now - n * 47 * 6e4, words: words[n % 6], place_text: crossings[n % 10], lon: 120.585, lat: 30.005, place: { key: `k${n % 10}`, name: crossings[n % 10], kind: 'crossing', confidence: .9, reason: '' }, area: { key: 'a1', name: '塔山街道' }, severity: n % 5 === 0 ? 'slight' : null, deaths: 0, injured: n % 5 === 0 ? 1 : 0, source: 'demo', source_key: `JQ${n}`, caller: '139****0001', repeat_of: n % 8 === 3 ? 's1' : null, cases: [], synthetic: true }))

export function hazardSchema(l) {
  const t = (zh, en) => l === 'en' ? en : zh
  return {
    type: 'object', required: ['category', 'description', 'severity'],
    properties: {
      category: { type: 'string', title: t('隐患类别', 'Kind of hazard'), enum: categories.map(c => c[0]), 'x-labels': Object.fromEntries(categories.map(c => [c[0], text(c[1], c[2])])) },
      description: { type: 'string', title: t('情况说明', 'What you saw'), description: t('写清位置特征、影响范围和危险程度。', 'Say where exactly, how large, and how dangerous.'), minLength: 4, maxLength: 500, 'x-ui': 'textarea' },
      severity: { type: 'string', title: t('严重程度', 'How serious'), 'x-visibility': 'office', oneOf: [{ const: '1', title: t('一般', 'Ordinary') }, { const: '2', title: t('较重', 'Serious') }, { const: '3', title: t('紧急', 'Urgent') }] },
      blocked: { type: 'boolean', title: t('已经影响通行', 'Traffic is already affected') },
      lanes: { type: 'integer', title: t('影响车道数', 'Lanes affected'), minimum: 1, maximum: 8, 'x-visibility': 'office' },
      photos: { type: 'array', 'x-ui': 'photos', items: { type: 'string' }, title: t('照片', 'Photos') },
    },
    if: { properties: { category: { const: 'other' } }, required: ['category'] }, then: { properties: { other: { type: 'string', title: t('是什么问题', 'What is it'), minLength: 2, maxLength: 60 } }, required: ['other'] },
  }
}
const handleSchema = t => ({ type: 'object', required: ['measure', 'finished_on'], properties: { measure: { type: 'string', title: t('采取的措施', 'What was done'), description: t('写清做了什么、用了什么材料、谁验收。', 'Say what was done, with what, and who accepted it.'), minLength: 4, maxLength: 500, 'x-ui': 'textarea' }, result: { type: 'string', title: t('处理结果', 'Result'), oneOf: [{ const: 'fixed', title: t('已整改', 'Fixed') }, { const: 'partly', title: t('部分整改', 'Partly fixed') }] }, finished_on: { type: 'string', format: 'date', title: t('完成日期', 'Finished on') }, cost: { type: 'number', title: t('费用', 'Cost'), minimum: 0, 'x-unit': t('元', 'yuan') } } })
const photo = (hash) => ({ hash, width: 800, height: 600, taken_at: now - 2 * DAY, taken_place: null, url: `/api/photos/${hash}` })

export function fullCase(row, l, who) {
  const t = (zh, en) => l === 'en' ? en : zh, clerk = '陈立', base = row.stage.base
  const line = [{ kind: 'opened', label: t('市民反映（照片 2 张）', 'Reported by a citizen (2 photos)'), actor: null, unit: null, photos: [photo('before1'), photo('before2')] }, { kind: 'dispatched', label: t('派单至责任单位，限 3 个工作日', 'Sent to the unit in charge, 3 working days'), actor: '周明', unit: '交警支队', reason: t('市政道路路面，由路段养护单位负责', 'City road surface: the unit maintaining the section'), due: row.due_at }, { kind: 'accepted', label: t('签收', 'Signed for'), actor: clerk, unit: '交通运输局' }, { kind: 'interim', label: t('临时措施：围挡并设警示灯', 'Interim measure: fenced, warning lights'), actor: clerk, unit: '交通运输局', fields: { note: t('夜间专人值守', 'watched at night') } }, { kind: 'submitted', label: t('提交处理结果', 'Result submitted'), actor: clerk, unit: '交通运输局', photos: [photo('after1')], fields: { measure: t('铣刨后重新摊铺沥青 12 平方米', 'Milled and repaved 12 m²') } }]
    .slice(0, base === 'route' ? 1 : base === 'review' ? 5 : base === 'done' ? 5 : row.stage.id === 'accepting' ? 2 : 4)
    .map((e, n) => ({ seq: n + 1, at: row.opened_at + n * 3.2 * HOUR, reason: null, fields: null, photos: [], due: null, ...e }))
  if (base === 'done') line.push({ seq: 6, at: row.closed_at, kind: 'closed', label: t('复查通过，销号', 'Checked and closed'), actor: '吴海', unit: '越城大队', reason: null, fields: null, photos: [], due: null })
  const action = (id, verb, label, more = {}) => ({ id, verb, label, primary: false, danger: false, form: null, needs: { reason: false, unit: false, photos: false }, reasons: [], ...more })
  const back = action('return', 'return', t('退回', 'Return'), { danger: true, needs: { reason: true, unit: false, photos: false }, reasons: [{ code: 'not_ours', label: t('不属本单位职责', 'Not our duty') }, { code: 'unclear', label: t('地点或情况不清', 'Place or facts unclear') }, { code: 'duplicate', label: t('重复交办', 'Duplicate') }] })
  const actions = base === 'route' ? [action('dispatch', 'dispatch', t('派单', 'Dispatch'), { primary: true, needs: { reason: false, unit: true, photos: false } }), action('reject_case', 'withdraw', t('不予受理', 'Decline'), { danger: true, needs: { reason: true, unit: false, photos: false } })]
    : row.stage.id === 'accepting' ? [action('accept', 'accept', t('签收', 'Sign for it'), { primary: true }), back]
    : base === 'handle' ? [action('submit', 'submit', t('提交处理结果', 'Submit the result'), { primary: true, form: handleSchema(t), needs: { reason: false, unit: false, photos: true } }), action('interim', 'interim', t('临时措施', 'Interim measure'), { form: { type: 'object', required: ['measure'], properties: { measure: { type: 'string', title: t('措施', 'Measure'), oneOf: [{ const: 'fence', title: t('围挡警示', 'Fence and warn') }, { const: 'watch', title: t('定点巡防', 'Guard the spot') }, { const: 'close', title: t('临时封闭', 'Close for now') }] } } } }), action('extend', 'extend', t('申请延期', 'Ask for an extension'), { needs: { reason: true, unit: false, photos: false }, form: { type: 'object', required: ['days'], properties: { days: { type: 'integer', title: t('延长工作日', 'Working days more'), minimum: 1, maximum: 10 } } } }), action('note', 'note', t('备注', 'Note'), { needs: { reason: true, unit: false, photos: false } }), back]
    : base === 'review' ? [action('close', 'close', t('复查通过，销号', 'Accept and close'), { primary: true }), action('reject', 'reject', t('复查不通过', 'Reject'), { danger: true, needs: { reason: true, unit: false, photos: false } })]
    : [action('note', 'note', t('备注', 'Note'), { needs: { reason: true, unit: false, photos: false } })]
  return {
    ...row, fields: { category: categories[(row.n * 3) % 10][0], description: t('路口东侧直行车道有约 1.2 米的坑洼，雨后积水看不清，电动车避让时容易摔倒。', 'A hole about 1.2 m wide in the eastbound lane; invisible when wet, riders swerve and fall.'), severity: String(1 + row.n % 3), blocked: true, lanes: 1 }, form: hazardSchema(l), photos: [photo('before1'), photo('before2')], after_photos: ['review', 'done'].includes(base) ? [photo('after1')] : [], timeline: line,
    clocks: base === 'done' ? [] : [{ id: 'handle', label: t('处理时限', 'Handling'), due: row.due_at, explanation: t('一般隐患 3 个工作日；从签收次日起算，跳过 11 月 21 日、22 日周末。', 'Ordinary hazard: 3 working days from the day after signing; 21–22 November are a weekend.'), provisional: row.due_provisional, fraction: Math.min(1.3, (now - row.opened_at) / (row.due_at - row.opened_at)), paused: false }],
    actions, proposal: base === 'route' ? { unit: unitOf('transport'), reason: t('路段“中兴大道（平江路—阳明北路）”为市政道路，路面类隐患由交通运输局养护（路由表第 4 行）。', 'The section is a city road; surface hazards go to its maintainer (routing row 4).'), assists: [unitOf('water')] } : null,
    siblings: rows.filter(r => r.place.key === row.place.key && r.id !== row.id).slice(0, 3), evidence: { signals: signals.slice(0, 4), hotspot: { key: 'k1', name: row.place.name, calls: 28, crashes: 6 } },
    reporter: { name_masked: '张*', phone_masked: '139****0001' }, ledger: { head: '5f0ad2b1c77e9a31', events: line.length, verified: true },
  }
}
export function publicCase(l) {
  const t = (zh, en) => l === 'en' ? en : zh
  return { number: 'YH-2026-1122-0012', title: t('路面坑洼破损', 'Potholes, broken surface'), public_status: 'done', stage_label: t('已办结', 'Closed'), place_name: crossings[0], opened_at: now - 3 * DAY, promised_at: now + DAY, promised_explanation: t('一般隐患 3 个工作日', 'Ordinary hazard: 3 working days'), unit_name: t('交通运输局', 'Transport Bureau'), timeline: [[3, t('已受理', 'Received'), null], [2.8, t('已交办', 'Assigned'), t('交通运输局负责处理', 'The Transport Bureau is in charge')], [1.5, t('处理中', 'Being handled'), t('已设围挡和警示灯', 'Fenced, with warning lights')], [.4, t('复查通过', 'Checked'), t('越城大队现场复查', 'Checked on the spot by the police brigade')]].map(([d, label, body]) => ({ at: now - d * DAY, label, text: body })), photos: ['before1'], after_photos: ['after1'], can_contest: true, contest_until: now + 6 * DAY, closed_at: now - .4 * DAY }
}
export function scoreboard(l) {
  const t = (zh, en) => l === 'en' ? en : zh
  const indicators = [['closure', '办结率', 'Closed', '已办结', 'closed', '交办总数', 'all sent', 'high'], ['on_time', '按时率', 'On time', '按时办结', 'closed in time', '已到期', 'due', 'high'], ['returned', '退回率', 'Returned', '退回', 'returned', '交办总数', 'all sent', 'low'], ['reopened', '返工率', 'Reopened', '复查不通过', 'rejected', '提交复查', 'submitted', 'low'], ['repeat_calls', '重复警情', 'Repeat calls', '重复警情', 'repeat calls', '警情', 'calls', 'low']].map(([id, zh, en, nz, ne, dz, de, better]) => ({ id, label: t(zh, en), numerator: t(nz, ne), denominator: t(dz, de), unit: '%', source: t('事项账本', 'matter ledger'), better }))
  const rate = (num, den) => ({ num, den, value: den ? num / den : null })
  const make = n => { const den = n < 1 ? 0 : 8 + n * 5; return { closure: rate(Math.round(den * (.7 + random() * .28)), den), on_time: rate(Math.round(den * (.6 + random() * .35)), den), returned: rate(Math.round(den * random() * .12), den), reopened: rate(Math.round(den * random() * .1), Math.round(den * .8)), repeat_calls: rate(Math.round(random() * 9), 60 + n * 13) } }
  const list = departments.map(([id], n) => ({ unit: { id, name: units.find(u => u.id === id).name[l], kind: 'department' }, values: make((n * 5) % 17) }))
  const total = Object.fromEntries(indicators.map(i => [i.id, rate(list.reduce((s, r) => s + r.values[i.id].num, 0), list.reduce((s, r) => s + r.values[i.id].den, 0))]))
  return { period: [now - 22 * DAY, now], indicators, rows: list, total, synthetic: true }
}
export const people = demo.logins.map((one, n) => ({ id: one.login, name: one.person, login: one.login, unit: one.unitId, roles: [one.role_id], phone: '139****000' + n, active: n !== 3 }))
export function events(l) {
  const t = (zh, en) => l === 'en' ? en : zh
  return Array.from({ length: 40 }, (_, n) => ({ id: `e${n}`, seq: 1893 - n, stream: n % 4 === 3 ? 'session' : `case/c${n % 9}`, kind: ['accepted', 'dispatched', 'note', 'signed_in'][n % 4], at: now - n * 13 * 6e4, actor: pick(['周明', '陈立', '吴海', '林静']), summary: [t('签收 YH-2026-1122-0002', 'Signed for YH-2026-1122-0002'), t('派单至交通运输局', 'Dispatched to the Transport Bureau'), t('备注', 'Note'), t('登录', 'Signed in')][n % 4] }))
}
export function definition() {
  const stage = (id, base, zh, en) => ({ id, base, label: text(zh, en) }), act = (id, zh, en, from, to) => ({ id, verb: id, label: text(zh, en), from, to })
  return { id: 'hazard', version: 1, content_hash: '9b1f44c2d07a5e3188c0', title: text('道路隐患', 'Road hazard'), description: text('道路上的隐患，从发现到销号', 'Hazards on the road, from finding to closure'), stages: [stage('received', 'intake', '待受理', 'Received'), stage('accepted', 'route', '待派单', 'To dispatch'), stage('signing', 'route', '待签收', 'To sign'), stage('handling', 'handle', '整改中', 'Handling'), stage('review', 'review', '待复查', 'Review'), stage('closed', 'done', '已销号', 'Closed')], actions: [act('accept', '受理', 'Accept', ['received'], 'accepted'), act('dispatch', '派单', 'Dispatch', ['accepted'], 'signing'), act('sign', '签收', 'Sign', ['signing'], 'handling'), act('return', '退回', 'Return', ['signing'], 'accepted'), act('interim', '临时措施', 'Interim measure', ['handling'], 'handling'), act('extend', '申请延期', 'Extend', ['handling'], 'handling'), act('submit', '报送整改', 'Submit', ['handling'], 'review'), act('reject', '退回整改', 'Reject', ['review'], 'handling'), act('close', '销号', 'Close', ['review'], 'closed'), act('contest', '异议', 'Contest', ['closed'], 'review')], routing: [{ id: 'city_road_surface', when: 'category in ["pothole"] && road.class == "urban"', to: 'transport', assist: [], reason: text('市政道路路面由养护单位负责', 'City road surface: its maintainer') }], unconfirmed: { 'clocks.fix': '处理时限由城市确定' } }
}
