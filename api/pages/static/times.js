// <time datetime> in the reader's own zone; UTC stays in the tooltip.
(() => {
  const full = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
  const seconds = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const steps = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

  const ago = (at) => {
    const away = (at - Date.now()) / 1000;
    const [unit, size] = steps.find(([, size]) => Math.abs(away) >= size) ?? steps.at(-1);
    // What is to come is rounded: seven days are not six as soon as a second has passed.
    return Math.abs(away) < 5 ? "now" : relative.format(away > 0 ? Math.round(away / size) : Math.trunc(away / size), unit);
  };
  const write = (element) => {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.valueOf())) return;
    const style = element.dataset.style;
    const text = (style === "seconds" ? seconds : full).format(at).replace(",", "");
    element.textContent = style === "relative" ? ago(at) : text;
    if (style === "relative" && element.title && !element.dataset.told) {
      element.title = `${text} · ${element.title}`;
      element.dataset.told = "yes";
    }
  };
  const all = (root) => root.querySelectorAll?.("time[datetime][data-style]").forEach(write);
  // Date fields of forms are read in this zone by the server.
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `backoffice_zone=${Intl.DateTimeFormat().resolvedOptions().timeZone}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  const begin = () => all(document);
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", begin) : begin();
  document.addEventListener("htmx:after:process", (event) => all(event.target));
  setInterval(() => document.querySelectorAll('time[data-style="relative"]').forEach(write), 30000);
})();
