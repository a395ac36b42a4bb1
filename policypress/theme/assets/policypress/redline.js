// Word by word ins/del of one clause: the same runs as policypress/redline.py gives (tests hold them against each other).
// Words are split when the site is built, so there is no table of letters here; what is compared are arrays of words,
// each with the white space behind it.

const ISLAND_WORDS = 2;
const bare = (word) => word.trim().split(/\s+/).join(" ");
const SAYS_SOMETHING = /[\p{L}\p{N}]/u;

// The runs that turn `before` into `after`: { op: "equal" | "insert" | "delete", old, new, shown }.
export function redline(before, after, stop) {
  const codes = opcodes(before.map(bare), after.map(bare));
  const steps = codes.map(([equal, from, to, start, end]) => [equal, before.slice(from, to), after.slice(start, end)]);
  return runs(withoutIslands(steps, new Set(stop)));
}

function withoutIslands(steps, stop) {
  const kept = [];
  steps.forEach(([equal, olds, news], index) => {
    const inner = index > 0 && index < steps.length - 1;
    const swallow = equal && inner && isIsland(olds, stop);
    const last = kept.at(-1);
    if (last && !last[0] && (swallow || !equal)) {
      kept[kept.length - 1] = [false, [...last[1], ...olds], [...last[2], ...news]];
    } else {
      kept.push([equal && !swallow, olds, news]);
    }
  });
  return kept;
}

function isIsland(words, stop) {
  return (
    words.length <= ISLAND_WORDS &&
    words.every((word) => stop.has(word.trim().toLowerCase()) || !SAYS_SOMETHING.test(word))
  );
}

function runs(steps) {
  return steps.flatMap(([equal, olds, news], index) => {
    const [before, after] = [olds.join(""), news.join("")];
    if (equal) {
      const removalNext = steps[index + 1]?.[1].length;
      return [{ op: "equal", old: before, new: after, shown: removalNext ? before : after }];
    }
    const made = [];
    if (before) made.push({ op: "delete", old: before, new: "", shown: before });
    if (after) made.push({ op: "insert", old: "", new: after, shown: after });
    return made;
  });
}

// Ratcliff and Obershelp as difflib does it, without junk: [equal, from, to, start, end] over both arrays.
function opcodes(before, after) {
  const codes = [];
  let [i, j] = [0, 0];
  for (const [a, b, size] of matches(before, after)) {
    if (i < a || j < b) codes.push([false, i, a, j, b]);
    if (size) codes.push([true, a, a + size, b, b + size]);
    [i, j] = [a + size, b + size];
  }
  return codes;
}

function matches(before, after) {
  const places = new Map();
  after.forEach((word, place) => places.set(word, [...(places.get(word) ?? []), place]));
  const queue = [[0, before.length, 0, after.length]];
  const found = [];
  while (queue.length) {
    const [low, high, start, end] = queue.pop();
    const [a, b, size] = longest(before, places, low, high, start, end);
    if (!size) continue;
    found.push([a, b, size]);
    if (low < a && start < b) queue.push([low, a, start, b]);
    if (a + size < high && b + size < end) queue.push([a + size, high, b + size, end]);
  }
  found.sort((one, two) => one[0] - two[0] || one[1] - two[1]);
  return [...joined(found), [before.length, after.length, 0]];
}

function joined(found) {
  const made = [];
  for (const [a, b, size] of found) {
    const last = made.at(-1);
    if (last && last[0] + last[2] === a && last[1] + last[2] === b) last[2] += size;
    else made.push([a, b, size]);
  }
  return made;
}

function longest(before, places, low, high, start, end) {
  let [bestA, bestB, best] = [low, start, 0];
  let lengths = new Map();
  for (let a = low; a < high; a += 1) {
    const next = new Map();
    for (const b of places.get(before[a]) ?? []) {
      if (b < start) continue;
      if (b >= end) break;
      const size = (lengths.get(b - 1) ?? 0) + 1;
      next.set(b, size);
      if (size > best) [bestA, bestB, best] = [a - size + 1, b - size + 1, size];
    }
    lengths = next;
  }
  return [bestA, bestB, best];
}
