// Turns what a page says when a day comes, and hides announcements that were closed. A classic script that stands behind
// the announcement, so that nothing is painted first and hidden then. Every statement is on the page already: `data-from`
// and `data-until` are the instants between which it holds. Without JavaScript a page says what held on the day it was
// built, with its dates.

(() => {
  const root = new URL("../../", document.currentScript.src);
  const key = `policypress:${root.pathname}:closed`;

  const turn = () => {
    const now = Date.now();
    for (const said of document.querySelectorAll("[data-from], [data-until]")) {
      const { from, until } = said.dataset;
      said.hidden = (from && now < Date.parse(from)) || (until && now >= Date.parse(until));
    }
  };

  const closed = () => {
    try {
      const found = JSON.parse(localStorage.getItem(key));
      return Array.isArray(found) ? found : [];
    } catch {
      return [];
    }
  };

  // One announcement is one release with one effective date: the next one shows, and so does a date that was moved.
  const name = (one) => `${one.dataset.release}@${one.dataset.effective}`;

  const tidy = (banner) => {
    const shown = [...banner.querySelectorAll(".pp-announcement")].filter((one) => !one.hidden);
    banner.hidden = shown.length === 0;
  };

  const close = (one, banner) => {
    try {
      localStorage.setItem(key, JSON.stringify([...new Set([...closed(), name(one)])]));
    } catch {
      // Storage is off: it is closed on this page only.
    }
    one.hidden = true;
    tidy(banner);
    // the button is gone: reading goes on at the title
    const title = document.querySelector("main h1");
    if (!title) return;
    title.tabIndex = -1;
    title.focus({ preventScroll: true });
  };

  const banner = document.querySelector(".md-banner");
  for (const one of banner?.querySelectorAll(".pp-announcement") ?? []) {
    one.hidden = closed().includes(name(one));
    const button = one.querySelector("button");
    button.hidden = false;
    button.addEventListener("click", () => close(one, banner));
  }
  if (banner) tidy(banner);
  turn();
  document.addEventListener("DOMContentLoaded", turn);
})();
