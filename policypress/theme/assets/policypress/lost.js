// The page for unknown addresses: leaves the language that the address asks for. A classic script that stands behind the
// languages, so that nothing is painted first and hidden then. Where the address names none, all of them stay.

(() => {
  const sections = [...document.querySelectorAll(".pp-missing")];
  const asked = location.pathname.split("/");
  const own = sections.find((section) => asked.includes(section.lang));
  if (!own) return;
  document.documentElement.lang = own.lang;
  document.documentElement.dir = document.body.dir = own.dir;
  document.title = `404 · ${own.querySelector("h2").textContent}`;
  document.querySelector(".md-header__inner").setAttribute("aria-label", own.dataset.header);
  document.querySelector(".pp-languages").setAttribute("aria-label", own.dataset.languages);
  for (const section of sections) section.hidden = section !== own;
})();
