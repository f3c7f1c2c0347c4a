import { createApp } from 'vue'
import '../style/tokens.css'
import '../style/base.css'
import '../style/portal.css'
import { startLanguage } from '../i18n'
import { keepOffline } from '../worker'
import PortalApp from './PortalApp.vue'

void startLanguage().then(() => createApp(PortalApp).mount('#app'))

keepOffline('portal', '/keep.json')
