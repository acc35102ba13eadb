
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const form = byId("filter");
  const controls = [...document.querySelectorAll("details.control")].map((element) => ({
    element,
    head: element.querySelector("summary").textContent.toLowerCase(),
    rows: [...element.querySelectorAll(".rows > li")],
  }));
  const categories = [...document.querySelectorAll("section.category")];
  const texts = new WeakMap();
  // Reading 50,000 rows' text takes a while: only once, and only when something is searched for.
  const textOf = (row) => {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row);
  };

  const apply = () => {
    const words = byId("filter-text").value.toLowerCase().split(/\s+/).filter(Boolean);
    const severity = byId("filter-severity").value;
    const outcome = byId("filter-outcome").value;
    const namespace = byId("filter-namespace").value;
    let shownControls = 0;
    let shownRows = 0;
    for (const { element, head, rows } of controls) {
      const fits =
        (severity === "*" || element.dataset.severity === severity) &&
        (outcome === "*" || element.dataset.outcome === outcome);
      const left = words.filter((word) => !head.includes(word));
      let matches = 0;
      if (fits) {
        for (const row of rows) {
          const shows =
            (namespace === "*" || row.dataset.n === namespace) &&
            (left.length === 0 || left.every((word) => textOf(row).includes(word)));
          if (row.hidden === shows) row.hidden = !shows;
          if (shows) matches += 1;
        }
      }
      const shows = fits && (matches > 0 || (namespace === "*" && left.length === 0));
      element.hidden = !shows;
      if (shows) {
        shownControls += 1;
        shownRows += matches;
      }
    }
    for (const category of categories) {
      category.hidden = !category.querySelector("details.control:not([hidden])");
    }
    byId("filter-count").textContent = `${shownControls} controls, ${shownRows} findings and undecided`;
  };

  let timer = 0;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(apply, 150);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply();
  });
  form.addEventListener("reset", () => setTimeout(apply));
  const setAll = (open) => {
    for (const { element } of controls) if (!element.hidden) element.open = open;
  };
  byId("open-all").addEventListener("click", () => setAll(true));
  byId("close-all").addEventListener("click", () => setAll(false));

  // A link to something inside a closed part opens it, and one to what the filter hides ends that.
  const reveal = () => {
    const target = location.hash.length > 1 && byId(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest("[hidden]")) {
      form.reset();
      apply();
    }
    for (let part = target; part; part = part.parentElement.closest("details")) {
      if (part.tagName === "DETAILS") part.open = true;
    }
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  form.hidden = false;
  apply();
  reveal();
})();
