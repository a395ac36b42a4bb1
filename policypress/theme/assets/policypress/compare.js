// Any two releases, in one language or two side by side. Every clause carries a number that it keeps through all releases
// (policypress/lineage.py), so two texts are aligned by it, in every language alike.

// asked for in the version that this script was asked for in: a browser keeps each by its whole address
const { redline } = await import(new URL(`redline.js${new URL(import.meta.url).search}`, import.meta.url));

const form = document.querySelector(".pp-compare-form");
const target = document.querySelector(".pp-compare");
const state = document.querySelector(".pp-compare-state");
const said = document.querySelector("#pp-compare-said").content;
const counts = JSON.parse(form.dataset.counts);
const only = document.querySelector("#pp-only");
const words = (name) => said.querySelector(`[data-name="${name}"]`);
const LINK = /\[([^[\]]*)\]\(([^()\s]*)\)|<([a-zA-Z][\w+.-]*:[^<>\s]*|[^<>\s@/]+@[^<>\s@]+)>/g;
const SAFE = /^(?:https?:\/\/|mailto:|#|\/|\.)/i;

const element = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value) made.setAttribute(name, value);
  made.append(...children);
  return made;
};

// What is asked for: the address says it, the form shows it.
function asked() {
  const given = new URLSearchParams(location.search);
  for (const select of form.querySelectorAll("select")) {
    const wanted = given.get(select.name);
    if ([...select.options].some((option) => option.value === wanted)) select.value = wanted;
  }
  return read();
}

function read() {
  const data = new FormData(form);
  const languages = [data.get("lang"), data.get("with")].filter(Boolean);
  return { from: data.get("from"), to: data.get("to"), languages: [...new Set(languages)] };
}

function address({ from, to, languages }) {
  const [lang, beside] = languages;
  const query = new URLSearchParams({ from, to, lang });
  if (beside) query.set("with", beside);
  return `?${query}`;
}

const kept = new Map();
function load(release, locale) {
  const path = `${form.dataset.texts}${release}/${locale}.json`;
  if (!kept.has(path)) {
    kept.set(
      path,
      fetch(path).then((found) => {
        if (found.ok) return found.json();
        throw new Error(found.status === 404 ? `missing-${locale}` : "failed");
      }),
    );
  }
  return kept.get(path);
}

async function show(wanted) {
  state.textContent = "…";
  target.setAttribute("aria-busy", "true");
  try {
    const texts = await Promise.all(
      wanted.languages.map((locale) => Promise.all([load(wanted.from, locale), load(wanted.to, locale)])),
    );
    draw(wanted, texts);
  } catch (error) {
    kept.clear();
    target.replaceChildren();
    state.textContent = (words(error.message) ?? words("failed")).textContent;
  }
  target.removeAttribute("aria-busy");
}

function draw(wanted, texts) {
  const rows = aligned(...texts[0].map(({ clauses }) => clauses));
  const sides = texts.map(([before, after]) => ({ before: byNumber(before), after: byNumber(after), text: after, old: before }));
  const body = element("tbody");
  let changes = 0;
  const touched = new Set();
  const drawn = rows.map((row) => {
    const cells = sides.map((side) => cell(row, side));
    const changed = row.kind !== "same" || cells.some(({ changed }) => changed);
    if (changed) {
      changes += 1;
      touched.add(row.section);
    }
    return { row, cells, changed };
  });
  for (const { row, cells, changed } of drawn) {
    const line = element("tr", { id: `c${row.n}`, class: `pp-row pp-row--${changed ? "changed" : "same"}` });
    if (row.heading && touched.has(row.section)) line.classList.add("pp-row--context");
    line.append(...cells.map(({ made }) => made), element("td", { class: "pp-row-link" }, link(wanted, row)));
    body.append(line);
  }
  const table = { class: `pp-compare-table pp-compare-table--${sides.length}` };
  target.replaceChildren(element("table", table, columns(sides), head(sides), body));
  const form_ = new Intl.PluralRules(document.documentElement.lang).select(changes);
  const count = (counts[form_] ?? counts.other).replace("{count}", changes);
  const versions = [wanted.from, wanted.to].map((id) => form.elements.from.querySelector(`[value="${id}"]`).text);
  const found = changes ? count : wanted.from === wanted.to ? "" : words("same").textContent;
  // said on paper too, where the form is not
  state.textContent = [[...new Set(versions)].join(" – "), found].filter(Boolean).join(" · ");
  only.checked = changes > 0;
  filter();
  reveal();
}

// The table is laid out by these: as wide as the languages need, and the links narrow.
const columns = (sides) =>
  element("colgroup", {}, ...sides.map(() => element("col")), element("col", { class: "pp-row-link" }));

function head(sides) {
  const made = sides.map(({ text }) =>
    element("th", { scope: "col", lang: text.locale, dir: text.dir }, named(text)),
  );
  return element("thead", sides.length > 1 ? {} : { class: "pp-sr" }, element("tr", {}, ...made, element("td")));
}

const named = ({ locale }) => form.elements.lang.querySelector(`[value="${locale}"]`).text;
const byNumber = ({ clauses }) => new Map(clauses.map((clause) => [clause.n, clause]));

// The clauses of both texts in the order of the new one; a removed clause follows the one it stood behind.
function aligned(before, after) {
  const olds = new Map(before.map((clause, place) => [clause.n, place]));
  const joined = after.flatMap((clause, place) => (olds.has(clause.n) ? [[place, olds.get(clause.n)]] : []));
  const inOrder = longestIncreasing(joined.map(([, old]) => old));
  const moved = new Set(joined.filter((_, position) => !inOrder.has(position)).map(([place]) => after[place].n));
  const standing = new Set(after.map(({ n }) => n));
  const removals = new Map();
  let behind = 0;
  for (const clause of before) {
    if (!standing.has(clause.n)) removals.set(behind, [...(removals.get(behind) ?? []), clause]);
    else if (!moved.has(clause.n)) behind = clause.n;
  }
  const row = (clause, kind) => ({ n: clause.n, section: clause.section, heading: clause.kind === "heading", kind });
  const gone = (n) => (removals.get(n) ?? []).map((clause) => row(clause, "removed"));
  return [
    ...gone(0),
    ...after.flatMap((clause) => {
      const kind = !olds.has(clause.n) ? "added" : moved.has(clause.n) ? "moved" : "same";
      return [row(clause, kind), ...gone(clause.n)];
    }),
  ];
}

function longestIncreasing(values) {
  const tails = [];
  const back = values.map((value, position) => {
    let [low, high] = [0, tails.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[tails[middle]] < value) low = middle + 1;
      else high = middle;
    }
    tails[low] = position;
    return low ? tails[low - 1] : -1;
  });
  const kept_ = new Set();
  for (let position = tails.at(-1) ?? -1; position >= 0; position = back[position]) kept_.add(position);
  return kept_;
}

function cell(row, side) {
  const [before, after] = [side.before.get(row.n), side.after.get(row.n)];
  const clause = after ?? before;
  const runs = redline(before?.words ?? [], after?.words ?? [], side.text.stop);
  const changed = runs.some(({ op }) => op !== "equal");
  const kind = row.kind === "same" && changed ? "reworded" : row.kind;
  const inner = element(clause.kind === "heading" ? `h${Math.min(clause.level + 1, 6)}` : "div", { lang: clause.lang });
  if (clause.number) inner.append(`${clause.number} `);
  else if (clause.marker && clause.kind === "item") inner.append(/\d/.test(clause.marker) ? `${clause.marker} ` : "• ");
  const where = after ? side.text.release : side.old.release;
  for (const run of runs) inner.append(...marked(run, side.text.locale, where));
  const { locale, dir } = side.text;
  const made = element("td", { lang: locale, dir, class: `pp-cell pp-cell--${clause.kind}`, "data-language": named(side.text) });
  if (clause.depth) made.style.setProperty("--pp-depth", clause.depth);
  if (kind !== "same") made.append(element("span", { class: `pp-badge pp-badge--${kind}`, lang: document.documentElement.lang }, words(kind).textContent), " ");
  made.append(inner);
  return { made, changed };
}

function marked({ op, shown }, locale, release) {
  if (op === "equal") return linked(shown, locale, release);
  const body = shown.trimEnd();
  const marks = words(`marks-${locale}`).dataset;
  const spoken = (text) => element("span", { class: "pp-sr" }, text);
  const tag = op === "insert" ? "ins" : "del";
  // The spaces are spoken too, as render.py has it: a visible one would stand before an added comma.
  const before = spoken(`${op === "insert" ? marks.added : marks.removed}\u00a0`);
  const made = element(tag, {}, before, ...linked(body, locale, release), spoken(`\u00a0(${marks.end})`));
  return [made, shown.slice(body.length)];
}

// Plain text with links as the texts write them; what is no safe address is shown as it stands.
function linked(text, locale, release) {
  const parts = [];
  let place = 0;
  for (const found of text.matchAll(LINK)) {
    parts.push(text.slice(place, found.index));
    const [raw, label, given, bare_] = found;
    let href = given || bare_ || "";
    if (href.includes("@") && !href.includes("://") && !href.startsWith("mailto:")) href = `mailto:${href}`;
    if (href.startsWith("#")) href = `../../${locale}/archive/${release}/${href}`;
    const shown = label ?? bare_;
    const dir = [href, href.replace(/^mailto:/, "")].includes(shown) ? "ltr" : "";
    parts.push(SAFE.test(href) ? element("a", { href, dir }, shown) : raw);
    place = found.index + raw.length;
  }
  return [...parts, text.slice(place)];
}

function link(wanted, row) {
  const label = words("clause").textContent.replace("{number}", row.n);
  return element("a", { class: "headerlink", href: `${address(wanted)}#c${row.n}`, "aria-label": label, title: label }, "¶");
}

function filter() {
  target.classList.toggle("pp-compare--only", only.checked);
}

// The clause that the address names is shown, changed or not.
function reveal() {
  const row = /^#c\d+$/.test(location.hash) && document.querySelector(location.hash);
  for (const one of target.querySelectorAll(".pp-row--target")) one.classList.remove("pp-row--target");
  if (!row) return;
  if (!row.matches(".pp-row--changed, .pp-row--context")) {
    only.checked = false;
    filter();
  }
  row.classList.add("pp-row--target");
  row.scrollIntoView({ block: "center" });
}

form.hidden = false;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const wanted = read();
  history.pushState(null, "", address(wanted));
  show(wanted);
});
only.addEventListener("change", filter);
addEventListener("popstate", () => show(asked()));
addEventListener("hashchange", reveal);
show(asked());
