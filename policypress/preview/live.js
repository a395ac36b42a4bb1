// Reloads a page of the preview when the editor's files changed, and leads from a page of the site to the draft.
const changes = new EventSource("/.policypress/changes");
const { shown } = document.currentScript.dataset;
changes.onmessage = ({ data }) => {
  if (shown !== data) location.reload();
};
const [, locale, ...rest] = location.pathname.split("/");
if (locale && rest.length && rest[0] !== "draft" && document.querySelector(".md-content")) {
  const link = Object.assign(document.createElement("a"), { href: `/${locale}/draft/`, textContent: "policypress serve: draft" });
  link.style.cssText = "position:fixed;inset-block-end:.6rem;inset-inline-end:.6rem;z-index:9;background:#5b3a00;color:#fff;padding:.3rem .7rem;border-radius:.2rem;font:600 .8rem system-ui";
  document.body.append(link);
}
