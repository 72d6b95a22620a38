const DAY = 86_400_000;
const MINUTE = 60_000;

/** No page has times of more days; a server that runs for years forgets the old ones. */
const REMEMBERED_DAYS = 20_000;

const days = new Map<number, string>();
const minutes = Array.from(
  { length: 1_440 },
  (_, minute) =>
    `T${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}:`,
);
const seconds = Array.from({ length: 60 }, (_, second) => String(second).padStart(2, '0'));
const thousandths = Array.from({ length: 1_000 }, (_, ms) => `.${String(ms).padStart(3, '0')}Z`);

/** What `Date.prototype.toISOString` gives, several times faster: of every day, it is asked only once. */
export function isoTime(milliseconds: number): string {
  const day = Math.floor(milliseconds / DAY);
  let date = days.get(day);
  if (date === undefined) {
    if (days.size === REMEMBERED_DAYS) days.clear();
    date = new Date(milliseconds).toISOString().slice(0, -14);
    days.set(day, date);
  }
  const ofDay = milliseconds - day * DAY;
  const minute = Math.floor(ofDay / MINUTE);
  const ofMinute = ofDay - minute * MINUTE;
  const second = Math.floor(ofMinute / 1_000);
  return `${date}${minutes[minute]}${seconds[second]}${thousandths[ofMinute - second * 1_000]}`;
}
