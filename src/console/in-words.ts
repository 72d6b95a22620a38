/** `seconds` from now as one says it: `in about 19 minutes`. */
export function inAbout(seconds: number): string {
  if (seconds < 10) return 'in some seconds';
  if (seconds < 90) return `in about ${Math.ceil(seconds)} seconds`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `in about ${minutes} minutes` : `in about ${Math.ceil(minutes / 60)} hours`;
}
