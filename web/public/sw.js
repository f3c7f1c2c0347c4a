// Keeps the portal's page and its assets on the device, so that a report can be written without a network.
// Of /api it keeps only the city and the public forms; tiles and the office it never touches. Assets are named by their content, so the first copy is always right.
const CACHE = 'gongzhi-1'

self.addEventListener('install', event => {
  // The mark and the form's two answers come along at once: a first visit that saw only the home page can report without a network too.
  event.waitUntil(caches.open(CACHE).then(cache => Promise.all([cache.add('/'), ...['/icon.svg', '/api/city', '/api/public/matters'].map(url => cache.add(url).catch(() => {}))])).then(() => self.skipWaiting()))
})
self.addEventListener('activate', event => {
  event.waitUntil(caches.keys().then(names => Promise.all(names.filter(name => name !== CACHE).map(name => caches.delete(name)))).then(() => self.clients.claim()))
})
// The page names the assets its screens need; what of /assets it no longer names is of an older build.
self.addEventListener('message', event => {
  if (!event.data || !Array.isArray(event.data.keep)) return
  event.waitUntil(caches.open(CACHE).then(async cache => {
    const wanted = new Set(event.data.keep.map(url => new URL(url, self.location.origin).href))
    for (const request of await cache.keys()) if (new URL(request.url).pathname.startsWith('/assets/') && !wanted.has(request.url)) await cache.delete(request)
    for (const url of wanted) if (!(await cache.match(url))) await cache.add(url).catch(() => {})
  }))
})
self.addEventListener('fetch', event => {
  const request = event.request, url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== self.location.origin) return
  if (request.mode === 'navigate' && url.pathname === '/') {
    event.respondWith(fetch(request).then(answer => {
      if (answer.ok) { const copy = answer.clone(); event.waitUntil(caches.open(CACHE).then(cache => cache.put('/', copy))) }
      return answer
    }).catch(() => caches.match('/').then(kept => kept || Response.error())))
  } else if (url.pathname.startsWith('/assets/') || url.pathname === '/icon.svg') {
    event.respondWith(caches.match(request).then(kept => kept || fetch(request)))
  } else if (url.pathname === '/api/city' || url.pathname === '/api/public/matters') {
    // The two answers the report form cannot do without: fresh when there is a network, the last ones when not.
    event.respondWith(fetch(request).then(answer => {
      if (answer.ok) { const copy = answer.clone(); event.waitUntil(caches.open(CACHE).then(cache => cache.put(request, copy))) }
      return answer
    }).catch(() => caches.match(request).then(kept => kept || Response.error())))
  }
})
