type Attributes = Readonly<Record<string, string>>;

/** An element with text and children. Text is always text: nothing here becomes HTML. */
export function element(
  name: string,
  attributes: Attributes = {},
  ...children: ReadonlyArray<Node | string | null>
): HTMLElement {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/**
 * Puts `children` in the place of what the page shows now. Their heading names the page from then on, and has the focus:
 * whoever does not see the page hears what has become of it.
 */
export function show(...children: ReadonlyArray<Node | null>): void {
  document.querySelector('main')?.replaceChildren(...children.filter((child) => child !== null));
  const heading = document.querySelector('h1');
  if (heading === null) return;
  document.title = `${heading.textContent} · Moca Connect`;
  heading.tabIndex = -1;
  heading.focus();
}
