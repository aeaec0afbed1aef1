// Keeps the open ballot page, its scripts and the households' photographs for an hour without network; nothing else.
const KEPT = "zhunbao-panel-1";
const page = (path) => /\/sessions\/[0-9a-f-]+\/vote$/.test(path);
const picture = (path) => /\/cases\/[0-9a-f-]+\/summary$/.test(path);

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  if (event.data === "forget") event.waitUntil(caches.delete(KEPT));
  else if (event.data?.keep) event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(event.data.keep)));
});

async function fresh(request) {
  const kept = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    if (answer.ok && !answer.redirected) await kept.put(request.url.split("#")[0], answer.clone());
    return answer;
  } catch (problem) {
    const found = await kept.match(request.url.split("#")[0]);
    if (found) return found;
    throw problem;
  }
}
async function first(request) {
  const kept = await caches.open(KEPT), found = await kept.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) await kept.put(request, answer.clone());
  return answer;
}
self.addEventListener("fetch", (event) => {
  const { request } = event, address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate") { if (page(address.pathname)) event.respondWith(fresh(request)); return; }
  // Photographs are asked for anew while there is network: another woman at this phone may be kin of the household.
  if (picture(address.pathname)) event.respondWith(fresh(request));
  else if (address.pathname.startsWith("/static/")) event.respondWith(first(request));
});
