// How hard a new password is to guess, told in words beside a bar while it is written. The server decides.
// <input data-strength="ID" data-about="name-field,…">: ID holds a <progress> and an element with role=status.
(() => {
  const SHORTEST = 12;
  const WORDS = ["Easy to guess", "Could be harder to guess", "Good", "Hard to guess"];
  const KNOWN = ["password", "passwort", "qwerty", "letmein", "welcome", "iloveyou", "abc123", "admin", "login"];

  // What is left when runs, repetitions, well-known words and what others know of the person are taken out.
  const left = (text, about) => {
    let rest = text.toLowerCase();
    for (const known of [...KNOWN, ...about]) rest = rest.replaceAll(known, "•");
    rest = rest.replace(/(.+?)\1+/g, "$1");
    let count = 0;
    for (let at = 0; at < rest.length; at += 1) {
      const step = rest.charCodeAt(at) - rest.charCodeAt(at - 1);
      if (at === 0 || Math.abs(step) > 1) count += 1;
    }
    return count;
  };
  const kinds = (text) => [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/].filter((kind) => kind.test(text)).length;
  const score = (text, about) => {
    const bits = left(text, about) * (3 + kinds(text) / 2);
    return bits < 30 ? 0 : bits < 45 ? 1 : bits < 70 ? 2 : 3;
  };
  const aboutOf = (field) => (field.dataset.about ?? "").split(",").filter(Boolean)
    .flatMap((id) => (document.getElementById(id)?.value ?? "").toLowerCase().split(/[^\p{L}\p{N}]+/u))
    .filter((word) => word.length >= 3);

  const show = (field) => {
    const place = document.getElementById(field.dataset.strength);
    const [bar, words] = [place.querySelector("progress"), place.querySelector("[role=status]")];
    const length = [...field.value].length;
    place.hidden = length === 0;
    const short = length < SHORTEST;
    const reached = short ? 0 : score(field.value, aboutOf(field));
    bar.value = short ? length / SHORTEST : reached + 1;
    words.textContent = short ? `${SHORTEST - length} more character${SHORTEST - length === 1 ? "" : "s"}` : WORDS[reached];
  };
  for (const field of document.querySelectorAll("input[data-strength]")) {
    field.addEventListener("input", () => show(field));
  }
  for (const button of document.querySelectorAll("button[data-reveals]")) {
    button.addEventListener("click", () => {
      const field = document.getElementById(button.dataset.reveals);
      const shown = field.type === "text";
      field.type = shown ? "password" : "text";
      button.setAttribute("aria-pressed", String(!shown));
      button.textContent = shown ? "Show" : "Hide";
    });
  }
})();
