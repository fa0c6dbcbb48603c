// Passkeys: the server asks, the device signs, the server decides. What a browser cannot do stays hidden.
(() => {
  const able = Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON && window.PublicKeyCredential?.parseCreationOptionsFromJSON);
  const nameless = /^[\d.]+$|^\[/.test(location.hostname);
  const words = {
    NotAllowedError: "Nothing was signed: it was cancelled or took too long. Try again.",
    InvalidStateError: "This device has a passkey for your account already.",
    SecurityError: "Passkeys do not work at this address.",
  };

  const send = async (path, body, csrf) => {
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    if (csrf) headers["X-CSRF-Token"] = csrf;
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    const told = await answer.json();
    if (answer.ok) return told;
    throw Object.assign(new Error(told.detail), { code: told.code });
  };

  const sign = async ({ path, held, known, csrf }) => {
    const asked = await send(`${path}/options`, { held }, csrf);
    if (known && !asked.public_key.allowCredentials?.length) throw new Error("This account has no passkey yet.");
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked.public_key);
    const credential = await navigator.credentials.get({ publicKey });
    await send(path, { held, challenge_id: asked.challenge_id, credential: credential.toJSON() }, csrf);
  };

  const add = async ({ path, name, csrf }) => {
    const asked = await send(`${path}/options`, {}, csrf);
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked.public_key);
    const credential = await navigator.credentials.create({ publicKey });
    await send(path, { name, challenge_id: asked.challenge_id, credential: credential.toJSON() }, csrf);
  };

  const tell = (root, text) => { root.querySelector("[data-passkey-answer]").textContent = text; };

  const run = async (root, act) => {
    const button = root.querySelector("button");
    button.disabled = true;
    tell(root, "");
    try {
      await act();
      location.assign(root.dataset.next);
    } catch (error) {
      if (error.code === "reauthenticate") location.assign(`/sign-in/confirm?next=${encodeURIComponent(location.pathname)}`);
      else if (error.code === "single_sign_on_required") location.assign(`/sign-on?next=${encodeURIComponent(root.dataset.next)}`);
      else tell(root, words[error.name] ?? error.message);
      button.disabled = false;
    }
  };

  const begin = (root) => {
    const { passkey: path, csrf, held, known, adds } = root.dataset;
    root.hidden = !able && adds === undefined;
    if (nameless) {
      const there = `${location.protocol}//localhost:${location.port}${location.pathname}`;
      if (adds !== undefined) tell(root, `Passkeys need a name instead of a number in the address: open ${there}`);
      else root.hidden = true;
      return;
    }
    if (!able) { tell(root, "This browser does not know passkeys. Use a newer one."); return; }
    root.addEventListener("submit", (event) => {
      event.preventDefault();
      const name = root.querySelector("[name=name]")?.value;
      const what = { path, csrf, name, held: held !== undefined, known: known !== undefined };
      run(root, () => (adds === undefined ? sign(what) : add(what)));
    });
  };
  const all = () => document.querySelectorAll("form[data-passkey]").forEach(begin);
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", all) : all();
})();
