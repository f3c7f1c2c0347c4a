/** Registers the service worker and tells it which assets this entry's screens need without a network. Later than the first picture. */
export function keepOffline(entry: 'portal' | 'office', list: string): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  const start = () => {
    navigator.serviceWorker.register('/sw.js').then(async () => {
      const keep = await (await fetch(list)).json() as string[]
      const worker = await navigator.serviceWorker.ready
      worker.active?.postMessage({ keep, entry })
    }).catch(() => { /* no secure context, or denied: the screens work, but only with a network */ })
  }
  if (document.readyState === 'complete') start()
  else window.addEventListener('load', start)
}
