// What every page does beside being read: remembers the language that was chosen, offers the changes since this browser
// last showed the policy in full, finds the text of a day, subscribes to notices. Everything that is remembered stays in
// local storage; nothing is sent, but for a subscription that the reader asks for.

const root = new URL("../../", import.meta.url);
const language = document.documentElement.lang;

const store = {
  key: (name) => `policypress:${root.pathname}:${name}`,
  get(name) {
    try {
      return JSON.parse(localStorage.getItem(this.key(name)));
    } catch {
      return null;
    }
  },
  set(name, value) {
    try {
      localStorage.setItem(this.key(name), JSON.stringify(value));
    } catch {
      // Storage is off or full: nothing is remembered.
    }
  },
};

function rememberLanguage() {
  for (const link of document.querySelectorAll("a[hreflang]")) {
    link.addEventListener("click", () => store.set("language", link.hreflang));
  }
}

// The languages open under the pointer and on focus. Escape closes them, until they are left or gone into again.
function closeLanguages() {
  const menu = document.querySelector(".md-header .md-select");
  if (!menu) return;
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !menu.matches(":hover, :focus-within")) return;
    menu.classList.add("pp-closed");
    if (menu.matches(":focus-within")) menu.querySelector("button").focus();
  });
  menu.addEventListener("focusin", ({ target }) => menu.classList.toggle("pp-closed", !target.href && menu.matches(".pp-closed")));
  for (const left of ["pointerleave", "focusout"]) {
    menu.addEventListener(left, ({ relatedTarget }) => menu.contains(relatedTarget) || menu.classList.remove("pp-closed"));
  }
}

// `/` only: the language that was chosen last, else the browser's, else the reader chooses. `/#languages` stays.
function chooseLanguage() {
  const links = [...document.querySelectorAll(".pp-chooser a[hreflang]")];
  if (!links.length || location.hash) return;
  const by = (tag) => links.find((link) => link.hreflang.toLowerCase() === tag.toLowerCase());
  const wanted = [store.get("language"), ...navigator.languages].filter((tag) => typeof tag === "string");
  for (const tag of wanted) {
    const found = by(tag) ?? by(tag.split("-")[0]);
    if (found) return location.replace(found.href);
  }
}

function offerChanges() {
  const end = document.querySelector(".pp-read-to-the-end");
  const offer = document.querySelector(".pp-offer");
  if (!end || !offer) return;
  const { release, effective } = end.dataset;
  const read = store.get("read");
  const newer = !read || [read.effective, read.release].join() < [effective, release].join();
  if (read && newer) {
    const link = offer.querySelector("a");
    link.search = new URLSearchParams({ from: read.release, to: release });
    offer.hidden = false;
  }
  if (!newer) return;
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    store.set("read", { release, effective });
    observer.disconnect();
  });
  observer.observe(end);
}

const DAY = /^\d{4}-\d\d-\d\d$/;
const isDay = (text) => DAY.test(text ?? "") && !Number.isNaN(Date.parse(text));

// `/<lang>/on/2025-03-03` is no file: the server's 404 page comes here and goes on to `/<lang>/on/?date=2025-03-03`.
function leaveLostPage() {
  const found = location.pathname.slice(root.pathname.length).match(/^([\w-]+)\/on\/(\d{4}-\d\d-\d\d)\/?$/);
  if (found && !document.querySelector(".pp-on-form")) {
    location.replace(new URL(`${found[1]}/on/?date=${found[2]}`, root));
  }
}

function findDay() {
  const form = document.querySelector(".pp-on-form");
  if (!form) return;
  form.hidden = false;
  const day = new URLSearchParams(location.search).get("date");
  if (!isDay(day)) return;
  form.elements.date.value = day;
  const rows = [...document.querySelectorAll(".pp-periods tbody tr")];
  const row = rows.find(({ dataset }) => dataset.first <= day && (!dataset.last || day <= dataset.last));
  if (row) {
    const address = new URL(row.querySelector("a").href);
    address.search = new URLSearchParams({ on: day });
    location.replace(address);
  } else {
    const none = document.querySelector(".pp-on-none");
    none.textContent = `${written(day)}: ${none.dataset.words}`;
  }
}

const written = (day) =>
  new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));

function sayDay() {
  const said = document.querySelector(".pp-applied");
  const day = new URLSearchParams(location.search).get("on");
  if (!said || !isDay(day)) return;
  said.textContent = said.dataset.words.replace("{date}", written(day));
  said.hidden = false;
}

// Notices by web push: nothing happens before the click.
function offerNotices() {
  const box = document.querySelector(".pp-push");
  if (!box || !("serviceWorker" in navigator) || !("PushManager" in window)) return;
  box.hidden = false;
  box.querySelector("button").addEventListener("click", () => subscribe(box));
}

async function subscribe(box) {
  const state = box.querySelector("[role=status]");
  try {
    if ((await Notification.requestPermission()) !== "granted") {
      state.textContent = box.dataset.denied;
      return;
    }
    await navigator.serviceWorker.register(new URL("push.js", root));
    const worker = await navigator.serviceWorker.ready;
    const notices = new URL(box.dataset.notices);
    const key = await answer(fetch(new URL("push/key", notices)));
    const subscription = await worker.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: (await key.json()).key,
    });
    const body = JSON.stringify({ ...subscription.toJSON(), locale: language });
    const headers = { "Content-Type": "application/json" };
    await answer(fetch(new URL("push/subscribe", notices), { method: "POST", headers, body }));
    state.textContent = box.dataset.done;
    box.querySelector("button").hidden = true;
  } catch {
    state.textContent = box.dataset.failed;
  }
}

async function answer(asked) {
  const found = await asked;
  if (!found.ok) throw new Error(found.status);
  return found;
}

rememberLanguage();
closeLanguages();
chooseLanguage();
leaveLostPage();
offerChanges();
findDay();
sayDay();
offerNotices();
