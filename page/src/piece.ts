// Pieces of the page that the server writes anew. What is in them stays itself where it can, so
// that focus, open details, scrolling and what the owner chose are kept.

const added = new Set<(root: ParentNode) => void>();

/** Does something with the page as it is, and again with each piece that is written anew. */
export function enhance(part: (root: ParentNode) => void): void {
  added.add(part);
  part(document);
}

/** Every element in a piece, itself included, that a selector names. */
export function all<E extends Element = HTMLElement>(root: ParentNode, selector: string): E[] {
  const found = [...root.querySelectorAll<E>(selector)];
  if (root instanceof Element && root.matches(selector)) found.unshift(root as Element as E);
  return found;
}

/** HTML of this server as elements. */
export function parse(html: string): Element | null {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

/** Makes a piece what the server wrote. */
export function renew(piece: Element, fresh: Element): void {
  const renewed = morph(piece, fresh) as HTMLElement;
  for (const part of added) part(renewed);
  renewed.dispatchEvent(new CustomEvent("piece", { bubbles: true }));
}

/** Is somebody at work in it, so that it must not change under their hands? */
export function isBusy(piece: Element): boolean {
  const focused = document.activeElement;
  if (focused && piece.contains(focused) && focused.matches("input, textarea, select")) return true;
  if (piece.querySelector("dialog[open], [data-one]:checked")) return true;
  const fields = piece.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("form input, form textarea");
  return [...fields].some((field) => field.type !== "hidden" && isChanged(field));
}

function isChanged(field: HTMLInputElement | HTMLTextAreaElement): boolean {
  if (field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio"))
    return field.checked !== field.defaultChecked;
  return field.value !== field.defaultValue && field.dataset["filter"] === undefined;
}

function morph(old: Node, fresh: Node): Node {
  if (!isAlike(old, fresh)) {
    (old as ChildNode).replaceWith(fresh);
    return fresh;
  }
  if (!(old instanceof Element && fresh instanceof Element)) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return old;
  }
  const isOpened = old instanceof HTMLDetailsElement || old instanceof HTMLDialogElement;
  for (const { name } of [...old.attributes])
    if (!fresh.hasAttribute(name) && !(isOpened && name === "open")) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes)
    if (old.getAttribute(name) !== value && !(isOpened && name === "open")) old.setAttribute(name, value);
  morphChildren(old, fresh);
  return old;
}

function morphChildren(old: Element, fresh: Element): void {
  const byKey = new Map<string, Element>();
  for (const child of old.children) {
    const name = key(child);
    if (name) byKey.set(name, child);
  }
  const wanted = new Set([...fresh.children].map(key).filter(Boolean));
  let next = old.firstChild;
  const drop = () => {
    const gone = next;
    next = next?.nextSibling ?? null;
    gone?.remove();
  };
  for (const child of [...fresh.childNodes]) {
    // What a script drew stands for what the server wrote there.
    if (next instanceof Element && next.hasAttribute("data-own")) {
      next = next.nextSibling;
      continue;
    }
    const name = key(child);
    const kept = name ? byKey.get(name) : undefined;
    // What stands before the one that is kept goes, rather than the kept one moving: moved, it would
    // lose the focus.
    if (kept) while (next && next !== kept && !wanted.has(key(next))) drop();
    else if (next instanceof Text && !(child instanceof Text)) drop();
    const match: ChildNode | null = kept ?? (next && !key(next) ? next : null);
    if (match && isAlike(match, child)) {
      if (match === next) next = next.nextSibling;
      else old.insertBefore(match, next);
      morph(match, child);
    } else {
      old.insertBefore(child, next);
    }
  }
  while (next) drop();
}

function isAlike(one: Node, other: Node): boolean {
  return one.nodeName === other.nodeName && key(one) === key(other);
}

function key(node: Node): string {
  if (!(node instanceof Element)) return "";
  return node.id || node.getAttribute("data-key") || "";
}
