/**
 * An element of the page by its id.
 *
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function element(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`The page has no ${kind.name} #${id}.`);
  return found;
}

/**
 * A new element with a text in it. Whatever comes from others is shown as text only.
 *
 * @param {string} tag
 * @param {string} className
 * @param {string} [text]
 */
export function create(tag, className, text = '') {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/** Keeps in view what is added at the end of a list, unless its reader has scrolled back.
 *
 * @param {HTMLElement} list
 * @param {() => void} change
 */
export function changeAtEnd(list, change) {
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  change();
  if (isAtEnd) list.scrollTop = list.scrollHeight;
}
