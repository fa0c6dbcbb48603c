// Small screens. A table that is too wide is read row by row: each cell is told the name of its column, and stands below
// the one before it; tables of check marks stay what they are. Tabs stand in one line, the open one in sight.
(() => {
  const small = matchMedia("(max-width: 575.98px)");
  const labels = (table) => [...table.tHead.rows[0].cells].flatMap((head) => {
    const label = head.querySelector(".visually-hidden") ? "" : head.textContent.trim();
    return Array.from({ length: head.colSpan }, () => label);
  });
  const say = (element, role) => element.setAttribute("role", role);

  const name = (table) => {
    const columns = labels(table);
    for (const row of [...table.tBodies].flatMap((body) => [...body.rows])) {
      say(row, "row");
      let column = 0;
      for (const cell of row.cells) {
        say(cell, cell.tagName === "TH" ? "rowheader" : "cell");
        cell.dataset.label = cell.colSpan > 1 ? "" : columns[column] ?? "";
        cell.classList.toggle("is-blank", ["", "–"].includes(cell.textContent.trim()) && !cell.querySelector("input, svg"));
        column += cell.colSpan;
      }
    }
    say(table, "table");
    for (const body of table.tBodies) say(body, "rowgroup");
  };
  const fit = (table) => {
    const frame = table.closest(".table-responsive");
    if (!frame?.clientWidth || !table.tHead || table.matches(".roles, .chart-table *")) return;
    if (table.classList.contains("stacks") || frame.scrollWidth > frame.clientWidth + 1) {
      table.classList.add("stacks");
      name(table);
    }
  };
  const all = (root) => {
    if (!small.matches) return;
    const above = root.closest?.("table");
    (above ? [above] : [...(root.querySelectorAll?.("table") ?? [])]).forEach(fit);
  };
  const show = (tab) => (tab.closest(".tabs").scrollLeft = tab.offsetLeft - tab.closest(".tabs").offsetLeft - 32);
  const begin = () => {
    all(document);
    document.querySelectorAll(".tabs a[aria-current]").forEach(show);
  };
  document.readyState === "complete" ? begin() : addEventListener("load", begin);
  small.addEventListener("change", begin);
  document.addEventListener("htmx:after:process", (event) => all(event.target));
  document.addEventListener("toggle", (event) => all(event.target), true);
})();
