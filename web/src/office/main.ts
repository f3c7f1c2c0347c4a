import { createApp } from 'vue'
import '../style/tokens.css'
import '../style/base.css'
import '../style/office.css'
import officeZh from '../i18n/office.zh.json'
import consoleZh from '../i18n/console.zh.json'
import riskZh from '../i18n/risk.zh.json'
import { addCatalogue, startLanguage } from '../i18n'
import { whenSignedOut } from '../api'
import { forget } from './session'
import { router } from './router'
import { keepOffline } from '../worker'
import OfficeApp from './OfficeApp.vue'

addCatalogue(officeZh, () => import('../i18n/office.en.json'))
addCatalogue(consoleZh, () => import('../i18n/console.en.json'))
addCatalogue(riskZh, () => import('../i18n/risk.en.json'))
whenSignedOut(() => {
  forget()
  const here = router.currentRoute.value
  if (here.name !== 'login') void router.push({ name: 'login', query: { to: here.fullPath } })
})
void startLanguage().then(() => createApp(OfficeApp).use(router).mount('#app'))
keepOffline('office', '/keep-office.json')
