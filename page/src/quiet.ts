// `<form data-quiet>` is sent without leaving the page: what the server answers is laid over it.

import { renew } from "./piece";

export function quiet(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented || form.dataset["quiet"] === undefined || form.method !== "post") return;
    event.preventDefault();
    void send(form, event.submitter);
  });
}

async function send(form: HTMLFormElement, button: HTMLElement | null): Promise<void> {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form, button)) if (typeof value === "string") body.append(name, value);
  const to = (button as HTMLButtonElement | null)?.getAttribute("formaction") ?? form.action;
  button?.toggleAttribute("disabled", true);
  try {
    const answer = await fetch(to, { method: "POST", body, headers: { Accept: "text/html" } });
    await show(answer);
  } catch {
    // Whether it arrived is not known; the page as the server has it tells.
    location.reload();
  } finally {
    button?.toggleAttribute("disabled", false);
  }
}

async function show(answer: Response): Promise<void> {
  const [at, here] = [new URL(answer.url), new URL(location.href)];
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  const main = document.querySelector("main");
  if (!fresh || !main || (answer.redirected && at.pathname !== here.pathname)) location.assign(answer.redirected ? at : here);
  else renew(main, fresh);
}
