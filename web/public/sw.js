// Keeps the pages and their assets on the device, so that a report or an officer's record can be written without a network.
// Of /api it keeps the city, the public forms and the definitions; cases, people and tiles it never touches. Assets are named by their content, so the first copy is always right.
const CACHE = 'gongzhi-2'
// The answers a form cannot do without: fresh when there is a network, the last ones when not.
const ANSWERS = ['/api/city', '/api/public/matters', '/api/matters']
const PAGES = { '/': '/', '/office': '/office', '/office/': '/office' }

self.addEventListener('install', event => {
  // The mark and the form's two answers come along at once: a first visit that saw only the home page can report without a network too.
  event.waitUntil(caches.open(CACHE).then(cache => Promise.all([cache.add('/'), ...['/icon.svg', '/api/city', '/api/public/matters'].map(url => cache.add(url).catch(() => {}))])).then(() => self.skipWaiting()))
})
self.addEventListener('activate', event => {
  event.waitUntil(caches.keys().then(names => Promise.all(names.filter(name => name !== CACHE).map(name => caches.delete(name)))).then(() => self.clients.claim()))
})
// Each entry names the assets its screens need; what of /assets none of them names any more is of an older build.
self.addEventListener('message', event => {
  if (!event.data || !Array.isArray(event.data.keep)) return
  event.waitUntil(caches.open(CACHE).then(async cache => {
    const listOf = entry => `/keep-list/${entry}`
    await cache.put(listOf(event.data.entry), new Response(JSON.stringify(event.data.keep)))
    const lists = await Promise.all(['portal', 'office'].map(async entry => { const kept = await cache.match(listOf(entry)); return kept ? kept.json() : [] }))
    const wanted = new Set(lists.flat().map(url => new URL(url, self.location.origin).href))
    for (const request of await cache.keys()) if (new URL(request.url).pathname.startsWith('/assets/') && !wanted.has(request.url)) await cache.delete(request)
    for (const url of event.data.keep) if (!(await cache.match(url))) await cache.add(url).catch(() => {})
    if (event.data.entry === 'office') for (const url of ['/office', '/api/matters']) if (!(await cache.match(url))) await cache.add(url).catch(() => {})
  }))
})
self.addEventListener('fetch', event => {
  const request = event.request, url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== self.location.origin) return
  const fresh = key => fetch(request).then(answer => {
    if (answer.ok) { const copy = answer.clone(); event.waitUntil(caches.open(CACHE).then(cache => cache.put(key, copy))) }
    return answer
  }).catch(() => caches.match(key).then(kept => kept || Response.error()))
  if (request.mode === 'navigate' && PAGES[url.pathname]) event.respondWith(fresh(PAGES[url.pathname]))
  else if (url.pathname.startsWith('/assets/') || url.pathname === '/icon.svg') event.respondWith(caches.match(request).then(kept => kept || fetch(request)))
  else if (ANSWERS.includes(url.pathname)) event.respondWith(fresh(url.pathname))
})
