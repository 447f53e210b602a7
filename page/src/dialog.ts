// `<button data-open="#ID">` opens a dialog (`data-keys` that of the keys), `<button data-close>` in it closes it.

import { enhance, all } from "./piece";

export function dialogs(): void {
  enhance((root) => {
    for (const button of all(root, "[data-open], [data-keys]")) button.hidden = false;
  });
  document.addEventListener("click", (event) => {
    const at = event.target as Element;
    const opener = at.closest<HTMLElement>("[data-open], [data-keys]");
    const dialog = opener && document.querySelector(opener.dataset["open"] ?? "#keys");
    if (dialog instanceof HTMLDialogElement) {
      event.preventDefault();
      dialog.showModal();
    }
    if (at.closest("[data-close]")) {
      at.closest("dialog")?.close();
      event.preventDefault();
    }
    // A press beside an open dialog closes it.
    if (at instanceof HTMLDialogElement && at.open && isBeside(at, event)) at.close();
  });
}

function isBeside(dialog: Element, { clientX: x, clientY: y }: MouseEvent): boolean {
  const box = dialog.getBoundingClientRect();
  return (x !== 0 || y !== 0) && (x < box.left || x > box.right || y < box.top || y > box.bottom);
}
