import { createApp } from 'vue'
import '../style/tokens.css'
import '../style/base.css'
import '../style/portal.css'
import { startLanguage } from '../i18n'
import PortalApp from './PortalApp.vue'

void startLanguage().then(() => createApp(PortalApp).mount('#app'))

// Later than the first picture: the service worker that lets a report be written without a network.
if (import.meta.env.PROD && 'serviceWorker' in navigator) window.addEventListener('load', () => {
  navigator.serviceWorker.register('/sw.js').then(async () => {
    const keep = await (await fetch('/keep.json')).json() as string[]
    const worker = await navigator.serviceWorker.ready
    worker.active?.postMessage({ keep })
  }).catch(() => { /* no secure context, or denied: the portal works, but only with a network */ })
})
