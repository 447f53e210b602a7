// `/` searches, `g` and a letter goes somewhere, `?` shows the keys. Never while somebody types.

/** How long after `g` a letter still counts. */
const PATIENCE = 1500;

export function keys(): void {
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const field = event.target as HTMLElement;
    if (field.matches("input, textarea, select, [contenteditable]")) {
      if (event.key === "Escape" && field.matches("[data-search]")) field.blur();
      return;
    }
    if (document.querySelector("dialog[open]")) return;
    const goes = going > event.timeStamp - PATIENCE && going > 0;
    going = 0;
    if (goes) {
      const link = document.querySelector<HTMLElement>(`a[data-go="${CSS.escape(event.key)}"]`);
      if (link) {
        event.preventDefault();
        link.click();
      }
    } else if (event.key === "g") {
      going = event.timeStamp;
    } else if (event.key === "/") {
      search(event);
    } else if (event.key === "?") {
      const dialog = document.getElementById("keys");
      if (dialog instanceof HTMLDialogElement) dialog.showModal();
    }
  });
}

function search(event: Event): void {
  const field = document.querySelector<HTMLInputElement>("[data-search]");
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
}
