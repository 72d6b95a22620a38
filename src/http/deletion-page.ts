/** What became of a request to delete data. */
export interface Deletion {
  readonly requestedAt: Date;
  readonly completedAt: Date;
  /** How many accounts were deleted. */
  readonly accounts: number;
}

/** Says whether something was deleted, and when; not whose it was. */
export function deletionPage({ requestedAt, completedAt, accounts }: Deletion): string {
  const asked = `<p>You asked for the deletion of your data on ${dateOf(requestedAt)}.</p>`;
  // Meta names a person by an id alone: of whom nothing is found by it, something may be stored all the same.
  return accounts === 0
    ? page(
        'No account of yours was found',
        `${asked}
<p>It was looked for on ${dateOf(completedAt)}: no account that was connected before you asked was found here under the id that Meta sent, so none was deleted.</p>
<p>If you did connect one, ask whoever runs this service to delete it.</p>`,
      )
    : page(
        'Your data was deleted',
        `${asked}
<p>It was completed on ${dateOf(completedAt)}: nothing that was found under the id that Meta sent is stored here any more.</p>`,
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
