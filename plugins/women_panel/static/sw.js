// Keeps the open ballot page, its scripts and the households' photographs for an hour without network; nothing else.
const KEPT = "zhunbao-panel-1";
const page = (path) => /\/sessions\/[0-9a-f-]+\/vote$/.test(path);
const picture = (path) => /\/cases\/[0-9a-f-]+\/summary$/.test(path);

// A network that never answers is none: after so many milliseconds the kept page is shown.
const PATIENCE = 6000;

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  if (event.data === "forget") event.waitUntil(caches.delete(KEPT));
  else if (event.data?.keep) event.waitUntil(keep(event.data.keep));
});
// Each by itself: a photograph that fails takes none of the others with it. The page last: when it is kept, so is what it needs.
async function keep([page, ...rest]) {
  const kept = await caches.open(KEPT);
  const one = async (address) => {
    const answer = await fetch(address);
    if (answer.ok && !answer.redirected) await kept.put(address, answer);
  };
  await Promise.allSettled(rest.map(one));
  await one(page);
}

async function fresh(request) {
  const kept = await caches.open(KEPT), address = request.url.split("#")[0], found = await kept.match(address);
  const asked = fetch(request).then(async (answer) => {
    if (answer.ok && !answer.redirected) await kept.put(address, answer.clone());
    return answer;
  });
  if (!found) return asked;
  const late = new Promise((over) => setTimeout(over, PATIENCE, found));
  return Promise.race([asked.catch(() => found), late]);
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
