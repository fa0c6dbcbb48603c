// A chart beside its table: <figure data-chart="line|bars" data-unit="USD"> holds the table, which is what is drawn.
// The first column is a <time>; every other column is a series with numbers in data-value.
(() => {
  const drawn = new Set();
  const colors = ["--tblr-blue", "--tblr-orange", "--tblr-green", "--tblr-purple", "--tblr-red", "--tblr-cyan"];

  // A canvas understands no variables: the browser works them out on an element that nobody sees.
  const css = (name, part = 100) => {
    const probe = document.body.appendChild(document.createElement("span"));
    probe.style.color = `color-mix(in srgb, var(${name}) ${part}%, transparent)`;
    const color = getComputedStyle(probe).color;
    probe.remove();
    return color;
  };

  const number = (text) => (text === "" ? null : Number(text));
  const read = (table) => {
    const rows = [...table.tBodies[0].rows];
    const at = rows.map((row) => new Date(row.querySelector("time").dateTime).valueOf() / 1000);
    const names = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent.trim());
    const series = names.map((_, index) => rows.map((row) => number(row.cells[index + 1].dataset.value)));
    return { at, names, series, step: at.length > 1 ? at[1] - at[0] : 0 };
  };
  const figure = (value) => {
    if (value == null) return "–";
    const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 1 ? 2 : 6;
    return value.toLocaleString("en", { maximumFractionDigits: digits });
  };
  const days = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
  const hours = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
  const moments = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const told = (seconds, format) => (seconds == null ? "–" : format.format(seconds * 1000).replace(",", ""));
  // Marks less than a day apart tell the hour, and the day where it begins.
  const marks = (seconds, step) => seconds.map((at) => told(at, step >= 86400 || new Date(at * 1000).getHours() + new Date(at * 1000).getMinutes() === 0 ? days : hours));
  const short = (value) => value.toLocaleString("en", { notation: "compact", maximumSignificantDigits: 4 });

  // Bars at both ends are drawn whole.
  const reach = (figureElement, data, from, until) => {
    const spare = figureElement.dataset.chart === "bars" ? data.step / 2 : 0;
    return [from - spare, until + spare];
  };

  const options = (figureElement, data, width) => ({
    width,
    height: Number(figureElement.dataset.height ?? 220),
    cursor: { y: false },
    legend: { live: true },
    scales: { x: { range: (_, from, until) => reach(figureElement, data, from, until) }, y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.08 : 1] } },
    axes: [
      { stroke: css("--console-muted"), grid: { stroke: css("--tblr-border-color"), width: 1 }, ticks: { show: false }, space: 64, values: (_, seconds, __, ___, step) => marks(seconds, step) },
      { stroke: css("--console-muted"), grid: { stroke: css("--tblr-border-color"), width: 1 }, ticks: { show: false }, size: 62, values: (_, values) => values.map(short) },
    ],
    series: [
      { label: "Time", value: (_, at) => told(at, data.step >= 86400 ? days : moments) },
      ...data.names.map((label, index) => ({
        label,
        stroke: css(colors[index % colors.length]),
        fill: index === 0 ? css(colors[0], 14) : undefined,
        width: 2,
        points: { show: data.at.length < 3 },
        paths: figureElement.dataset.chart === "bars" ? uPlot.paths.bars({ size: [0.7, 48] }) : undefined,
        value: (_, value) => `${figure(value)} ${figureElement.dataset.unit ?? ""}`.trim(),
      })),
    ],
  });

  const draw = (element) => {
    const table = element.querySelector(".chart-table table");
    const place = element.querySelector(".chart");
    if (!table || !place || typeof uPlot === "undefined") return;
    const data = read(table);
    element.plot?.destroy();
    element.plot = new uPlot(options(element, data, place.clientWidth || 600), [data.at, ...data.series], place);
    drawn.add(element);
  };
  const all = (root) => {
    const found = [...(root.querySelectorAll?.("figure[data-chart]") ?? [])];
    const above = root.closest?.("figure[data-chart]");
    (above ? [above, ...found] : found).forEach(draw);
  };
  const again = () => drawn.forEach((element) => (element.isConnected ? draw(element) : drawn.delete(element)));
  let timer = 0;
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", () => all(document)) : all(document);
  document.addEventListener("htmx:after:process", (event) => all(event.target));
  document.addEventListener("theme-changed", again);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  addEventListener("resize", () => { clearTimeout(timer); timer = setTimeout(again, 150); });
})();
