// <div data-live="/events" data-poll="/parts">: parts of the page that the server keeps fresh by server-sent events,
// or by asking every few seconds when events do not come through. Each event is named after the element it fills.
(() => {
  const PATIENCE = 8000;
  const POLL = 3000;

  const fill = (name, html) => {
    const place = document.getElementById(name);
    if (!place) return;
    place.innerHTML = html;
    htmx.process(place);
    document.body.dispatchEvent(new CustomEvent(`live:${name}`));
  };

  const begin = (root) => {
    const names = root.dataset.parts.split(" ");
    let polling = 0;
    let silent = 0;
    const stop = () => { source.close(); clearInterval(polling); clearTimeout(silent); };
    const ask = async () => {
      const answer = await fetch(root.dataset.poll, { headers: { Accept: "application/json" } }).catch(() => null);
      if (!answer?.ok) return;
      const { ended, ...parts } = await answer.json();
      Object.entries(parts).forEach(([name, html]) => fill(name, html));
      if (ended) stop();
    };
    const poll = () => { if (!polling) polling = setInterval(ask, POLL); };
    const heard = () => { clearTimeout(silent); clearInterval(polling); polling = 0; };
    const source = new EventSource(root.dataset.live);
    names.forEach((name) => source.addEventListener(name, (event) => { heard(); fill(name, event.data); }));
    source.addEventListener("ended", stop);
    source.addEventListener("error", poll);
    silent = setTimeout(poll, PATIENCE);
    addEventListener("pagehide", stop);
  };
  const all = () => document.querySelectorAll("[data-live]").forEach(begin);
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", all) : all();
})();
