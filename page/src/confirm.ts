// `<form data-confirm="Delete shop?">` asks first. A button's own `data-confirm` goes before its form's.

import { t } from "./text";

let agreed: HTMLFormElement | null = null;

export function confirm(): void {
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target as HTMLFormElement;
      const button = event.submitter;
      const sentence = button?.dataset["confirm"] ?? form.dataset["confirm"];
      if (!sentence || agreed === form) {
        agreed = null;
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(sentence, button, () => {
        agreed = form;
        form.requestSubmit(button);
        agreed = null;
      });
    },
    true,
  );
}

function ask(sentence: string, button: HTMLElement | null, then: () => void): void {
  const dialog = document.createElement("dialog");
  dialog.className = "confirm";
  const question = document.createElement("p");
  question.id = "confirm-question";
  question.textContent = sentence;
  dialog.setAttribute("aria-labelledby", question.id);
  const form = document.createElement("form");
  form.method = "dialog";
  form.className = "actions";
  const answer = (value: string, label: string, look: string) => {
    const made = document.createElement("button");
    Object.assign(made, { value, textContent: label, className: look });
    return made;
  };
  const label = (button instanceof HTMLInputElement ? button.value : button?.textContent)?.trim();
  // First is what has the focus: Enter by mistake does nothing.
  form.append(answer("no", t("cancel"), "button"), answer("yes", label || t("yes"), button?.className || "button danger"));
  dialog.append(question, form);
  dialog.addEventListener("close", () => {
    dialog.remove();
    button?.focus();
    if (dialog.returnValue === "yes") then();
  });
  document.body.append(dialog);
  dialog.showModal();
}
