// The menu on small screens, the question before an act, forms sent once, copying, and what a lost connection says.
(() => {
  const dialog = () => document.getElementById("confirm");

  // htmx asks through our own dialog. {name} in the question becomes what that field of the form says.
  document.addEventListener("htmx:confirm", (event) => {
    const { ctx, issueRequest, dropRequest } = event.detail;
    const form = ctx.sourceElement.closest("form");
    event.preventDefault();
    const said = (field) => field?.selectedOptions?.[0]?.text ?? field?.value ?? "";
    const fill = (_, name) => said(form?.elements.namedItem(name));
    document.getElementById("confirm-text").textContent = ctx.confirm.replace(/\{(\w+)\}/g, fill);
    const button = form?.querySelector("button:not([type=button])");
    const yes = document.getElementById("confirm-yes");
    yes.textContent = button?.textContent.trim() || "Confirm";
    const danger = form?.hasAttribute("data-danger") ?? false;
    yes.classList.toggle("btn-danger", danger);
    yes.classList.toggle("btn-primary", !danger);
    dialog().returnValue = "";
    dialog().addEventListener("close", () => (dialog().returnValue === "yes" ? issueRequest() : dropRequest()), { once: true });
    dialog().showModal();
  });

  // A plain form is sent once: a second click would make the browser drop the first answer, and the cookies in it.
  // Its buttons are grey until the answer is there, or the page is back from the browser's memory, or it takes too long.
  const sent = new Set();
  const hold = (form, held) => {
    if (held) sent.add(form);
    else sent.delete(form);
    for (const button of form.elements) if (button.matches("button:not([type=button])")) button.disabled = held;
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (sent.has(form)) return event.preventDefault();
    sent.add(form);
    // Only now: a button that is disabled earlier is not sent along.
    setTimeout(() => hold(form, true));
    setTimeout(() => hold(form, false), 10_000);
  });
  addEventListener("pageshow", () => [...sent].forEach((form) => hold(form, false)));

  // A filter left blank asks for nothing and stays out of the address.
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    if (ctx.request.method !== "GET") return;
    for (const [name, value] of [...ctx.request.body]) if (value === "") ctx.request.body.delete(name);
  });

  const tell = (text) => {
    const notice = document.createElement("div");
    notice.className = "notice";
    notice.textContent = text;
    document.getElementById("notices").replaceChildren(notice);
    setTimeout(() => notice.remove(), 6000);
  };
  document.addEventListener("htmx:error", (event) => {
    if (event.detail?.error?.name !== "AbortError") tell("The server cannot be reached. Check your connection and try again.");
  });

  // A refusal that names a field stands for that field: it is marked, read out with the refusal, and open to write in.
  const point = (answer) => {
    const form = answer.closest("form");
    for (const field of form.querySelectorAll(".is-invalid")) {
      field.classList.remove("is-invalid");
      field.removeAttribute("aria-invalid");
    }
    const said = answer.querySelector(".alert-text")?.firstChild;
    const name = /^([A-Za-z ]+): /.exec(said?.textContent ?? "")?.[1];
    const field = name && form.elements.namedItem(name.toLowerCase().replaceAll(" ", "_"));
    if (!(field instanceof HTMLElement) || field.type === "hidden") return;
    const label = field.labels?.[0]?.textContent.trim();
    if (label) said.textContent = said.textContent.replace(name, label);
    field.classList.add("is-invalid");
    field.setAttribute("aria-invalid", "true");
    field.focus();
  };
  document.addEventListener("htmx:after:process", ({ target }) => {
    const answer = target.closest?.("form .answer") ?? target.querySelector?.("form .answer:not(:empty)");
    if (answer) point(answer);
  });

  document.addEventListener("click", async (event) => {
    const toggle = event.target.closest?.("[data-toggles]");
    if (toggle) {
      const open = document.getElementById(toggle.dataset.toggles).classList.toggle("show");
      toggle.setAttribute("aria-expanded", String(open));
    }
    const copy = event.target.closest?.("[data-copy]");
    if (copy) {
      const source = document.getElementById(copy.dataset.copy);
      await navigator.clipboard.writeText(source.value ?? source.textContent);
      tell("Copied.");
    }
  });
})();
