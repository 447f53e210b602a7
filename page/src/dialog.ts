// `<button data-keys hidden>` opens the dialog of the keys.

import { all, enhance } from "./piece";

export function dialogs(): void {
  enhance((root) => {
    for (const button of all(root, "[data-keys]")) button.hidden = false;
  });
  document.addEventListener("click", (event) => {
    const at = event.target as Element;
    const dialog = at.closest("[data-keys]") && document.getElementById("keys");
    if (dialog instanceof HTMLDialogElement) {
      event.preventDefault();
      dialog.showModal();
    }
    // A press beside an open dialog closes it.
    if (at instanceof HTMLDialogElement && at.open && isBeside(at, event)) at.close();
  });
}

function isBeside(dialog: Element, { clientX: x, clientY: y }: MouseEvent): boolean {
  const box = dialog.getBoundingClientRect();
  return (x !== 0 || y !== 0) && (x < box.left || x > box.right || y < box.top || y > box.bottom);
}
