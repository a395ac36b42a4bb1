// Search in the page's language. What is searched is one file for the texts that apply or are announced, and one for the
// archive, which is asked for only when its box is ticked. The file carries what is particular to its language: letters
// that are typed as others, beginnings and endings of words; the rules here know no language.

const form = document.querySelector(".pp-search-form");
const list = document.querySelector(".pp-results");
const state = document.querySelector(".pp-search-state");
const field = form.elements.q;
const archive = form.elements.archive;
const counts = JSON.parse(form.dataset.counts);
const MOST = 50;
const WORD = /[\p{L}\p{N}\p{M}\u0640]+/gu;
const SHORTEST = 3;

const files = new Map();
function load(address) {
  if (!files.has(address)) {
    files.set(
      address,
      fetch(address)
        .then((found) => (found.ok ? found.json() : Promise.reject(new Error(found.status))))
        .then(prepared),
    );
  }
  return files.get(address);
}

function prepared(file) {
  const tongue = { letters: new Map(Object.entries(file.letters)), prefixes: file.prefixes, endings: file.endings };
  const rows = file.rows.map(([page, anchor, heading, text]) => ({
    page: file.pages[page],
    anchor,
    heading,
    text,
    words: [...found(text, tongue), ...found(heading, tongue).map((word) => ({ ...word, heading: true }))],
  }));
  return { tongue, rows };
}

// Small letters without marks, letters that are typed as others as those: құқық -> кукык, أحمد -> احمد.
export function fold(word, letters) {
  const plain = word.toLowerCase().normalize("NFD").replace(/[\p{M}\u0640]/gu, "");
  return [...plain].map((letter) => letters.get(letter) ?? letter).join("");
}

// A word without its beginning and endings, never shorter than three letters.
export function stem(word, { prefixes, endings }) {
  let rest = word;
  const prefix = prefixes.find((one) => rest.startsWith(one) && rest.length - one.length >= SHORTEST);
  if (prefix) rest = rest.slice(prefix.length);
  for (let turn = 0; turn < 4; turn += 1) {
    const ending = endings.find((one) => rest.endsWith(one) && rest.length - one.length >= SHORTEST);
    if (!ending) break;
    rest = rest.slice(0, -ending.length);
  }
  return rest;
}

function found(text, tongue) {
  return [...text.matchAll(WORD)].map(({ 0: raw, index }) => {
    const word = fold(raw, tongue.letters);
    return { word, stem: stem(word, tongue), index, length: raw.length };
  });
}

// How well a word of the text answers one of the query: itself, its beginning, its stem.
function weigh(word, asked) {
  if (word.word === asked.word) return 4;
  if (word.word.startsWith(asked.word)) return 3;
  if (word.stem === asked.stem) return 2;
  return asked.stem.length > SHORTEST && word.word.startsWith(asked.stem) ? 1 : 0;
}

function answer(row, query) {
  let score = 0;
  const marks = [];
  for (const asked of query) {
    const hits = row.words.map((word) => [weigh(word, asked), word]).filter(([weight]) => weight);
    if (!hits.length) return null;
    score += Math.max(...hits.map(([weight, word]) => weight + (word.heading ? 2 : 0)));
    marks.push(...hits.filter(([, word]) => !word.heading).map(([, word]) => word));
  }
  return { row, score, marks };
}

async function search() {
  const query = field.value.trim();
  try {
    const sources = [load(form.dataset.index), ...(archive.checked ? [load(form.dataset.archive)] : [])];
    const texts = await Promise.all(sources);
    if (query !== field.value.trim()) return;
    const asked = found(query, texts[0].tongue);
    show(asked.length ? best(texts, asked) : [], asked.length > 0);
  } catch {
    show([], true);
  }
}

// One result a section of a page: its best clause.
function best(texts, asked) {
  const sections = new Map();
  for (const row of texts.flatMap(({ rows }) => rows)) {
    const one = answer(row, asked);
    const place = `${row.page[0]}#${row.anchor}`;
    if (one && !(sections.get(place)?.score >= one.score)) sections.set(place, one);
  }
  return [...sections.values()].sort((one, two) => two.score - one.score);
}

function show(results, searched) {
  const category = new Intl.PluralRules(document.documentElement.lang).select(results.length);
  const words = (counts[category] ?? counts.other).replace("{count}", results.length);
  state.textContent = searched ? (results.length ? words : form.dataset.none) : "";
  list.replaceChildren(...results.slice(0, MOST).map(drawn));
}

function drawn({ row, marks }) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = `${form.dataset.root}${row.page[0]}#${row.anchor}`;
  link.textContent = row.heading || row.page[1];
  const where = document.createElement("p");
  where.className = "pp-result-page";
  where.textContent = row.page[1];
  const text = document.createElement("p");
  text.append(...snippet(row.text, marks));
  item.append(link, where, text);
  return item;
}

const AROUND = 120;
function snippet(text, marks) {
  const sorted = [...marks].sort((one, two) => one.index - two.index);
  const start = Math.max(0, (sorted[0]?.index ?? 0) - AROUND);
  const from = start ? text.indexOf(" ", start) + 1 : 0;
  const end = from + 2 * AROUND + 80;
  const parts = [from ? "… " : ""];
  let place = from;
  for (const mark of sorted.filter(({ index }) => index >= from && index < end)) {
    if (mark.index < place) continue;
    const marked = document.createElement("mark");
    marked.textContent = text.slice(mark.index, mark.index + mark.length);
    parts.push(text.slice(place, mark.index), marked);
    place = mark.index + mark.length;
  }
  const rest = text.slice(place, Math.max(end, place));
  return [...parts, rest, text.length > Math.max(end, place) ? " …" : ""];
}

let waiting = 0;
function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const query = new URLSearchParams(field.value ? { q: field.value, ...(archive.checked ? { archive: 1 } : {}) } : {});
    history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}`);
    search();
  }, 120);
}

const given = new URLSearchParams(location.search);
form.hidden = false;
field.value = given.get("q") ?? "";
archive.checked = given.has("archive");
form.addEventListener("submit", (event) => {
  event.preventDefault();
  soon();
});
field.addEventListener("input", soon);
archive.addEventListener("change", soon);
if (field.value) search();
else field.focus();
