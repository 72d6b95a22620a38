/** Says that something was deleted, and when; not whose it was. */
export function deletionPage({ requestedAt, completedAt }: { requestedAt: Date; completedAt: Date }): string {
  return page(
    'Your data was deleted',
    `<p>You asked for the deletion of your data on ${dateOf(requestedAt)}.</p>
<p>It was completed on ${dateOf(completedAt)}: nothing about you is stored here any more.</p>`,
  );
}

export const unknownDeletionPage = page(
  'There is no such request',
  '<p>Check the confirmation code: no request to delete data has this one.</p>',
);

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Moca Connect</title>
<link rel="stylesheet" href="/console/style.css">
</head>
<body>
<header>Moca Connect</header>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
}

function dateOf(date: Date): string {
  const [day = '', time = ''] = date.toISOString().split('T');
  return `<time datetime="${date.toISOString()}">${day} ${time.slice(0, 5)} UTC</time>`;
}
