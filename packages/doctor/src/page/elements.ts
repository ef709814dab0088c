/** An element of this page's own document, which has it. */
export function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`the page has no ${id}`);
  return element;
}

/** Makes an element. What is in it is text or elements, never markup: some of it comes from servers that nobody knows. */
export function make(tag: string, className: string, ...content: (string | HTMLElement)[]): HTMLElement {
  const element = document.createElement(tag);
  if (className !== '') element.className = className;
  element.append(...content);
  return element;
}
