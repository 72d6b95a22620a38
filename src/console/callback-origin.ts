const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** To which origin Meta sends people back, as the server has written it into the page. */
export function callbackOrigin(): string {
  return document.querySelector('main')?.dataset['callbackOrigin'] || window.location.origin;
}

/** Whether two different origins are one server of this machine, called by two of its names. */
export function isSameLoopback(origin: string, other: string): boolean {
  const [one, two] = [new URL(origin), new URL(other)];
  return (
    one.hostname !== two.hostname &&
    one.protocol === two.protocol &&
    one.port === two.port &&
    [one, two].every(({ hostname }) => LOOPBACK.includes(hostname))
  );
}
