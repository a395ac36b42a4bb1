// The site's service worker: shows the notices that the notifier pushes (notifier/channels/push.py). It stands at the
// root, because a worker serves no page above itself; it keeps nothing and asks the network for nothing.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const notice = read(event.data);
  // A browser ends the subscription of a site that shows nothing for a push: what cannot be read still shows the site.
  event.waitUntil(
    self.registration.showNotification(notice.title || self.location.host, {
      body: notice.body || "",
      lang: notice.lang || "",
      dir: notice.dir === "rtl" || notice.dir === "ltr" ? notice.dir : "auto",
      // The same notice twice shows once.
      tag: notice.tag || "policy",
      data: { url: ours(notice.url) },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(ours(event.notification.data && event.notification.data.url)));
});

function read(data) {
  try {
    const notice = data.json();
    return notice !== null && typeof notice === "object" ? notice : {};
  } catch {
    return {};
  }
}

// A page of this site, whatever the message says.
function ours(url) {
  try {
    const found = new URL(typeof url === "string" ? url : "/", self.location.origin);
    return found.origin === self.location.origin ? found.href : self.location.origin + "/";
  } catch {
    return self.location.origin + "/";
  }
}

async function open(url) {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = windows.find((one) => one.url === url);
  return there ? there.focus() : self.clients.openWindow(url);
}
