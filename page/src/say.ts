let region: HTMLElement | undefined;

/** Says a short sentence to whoever listens to the page instead of looking at it. */
export function say(sentence: string): void {
  region ??= unseen();
  region.textContent = "";
  // Said again even if it is the same sentence.
  setTimeout(() => region && (region.textContent = sentence), 50);
}

function unseen(): HTMLElement {
  const made = document.createElement("p");
  made.setAttribute("role", "status");
  made.className = "unseen";
  Object.assign(made.style, { position: "absolute", width: "1px", height: "1px", overflow: "hidden", clipPath: "inset(50%)" });
  document.body.append(made);
  return made;
}
