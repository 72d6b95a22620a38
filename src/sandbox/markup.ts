const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** `text` as it can stand in HTML, in content and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** A whole page without scripts. `body` is HTML, `title` is text. */
export function htmlPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="/sandbox/style.css">
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

export const stylesheet = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 44rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.5rem; line-height: 1.25; }
h2 { font-size: 1.1rem; margin-top: 2rem; }
.note { border-left: 4px solid #b45309; padding-left: 0.75rem; }
.choices { list-style: none; margin: 1rem 0; padding: 0; display: grid; gap: 0.5rem; }
button { width: 100%; padding: 0.6rem 0.9rem; text-align: left; font: inherit; cursor: pointer;
  border: 1px solid #8888; border-radius: 0.5rem; background: #8881; color: inherit; }
button:hover, button:focus-visible { border-color: #2563eb; background: #2563eb22; }
button strong, button span { display: block; }
button span { opacity: 0.8; }
.push { display: flex; flex-wrap: wrap; gap: 0.5rem 0.75rem; align-items: end; margin: 0.75rem 0; }
.push button { width: auto; padding: 0.3rem 0.9rem; }
.push input, .push select { font: inherit; max-width: 12rem; }
code { overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th { white-space: nowrap; }
th, td { border-bottom: 1px solid #8884; padding: 0.4rem 0.5rem; text-align: left; vertical-align: top; }
td ul { margin: 0.25rem 0; padding-left: 1.25rem; }
@media (max-width: 40rem) { th, td { display: block; } th { border-bottom: 0; padding-bottom: 0; } }
`;
