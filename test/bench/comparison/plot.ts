import type { Contestant } from './contestants.ts';
import { ours, oursOther, raw } from './contestants.ts';
import { captionLines } from './report.ts';
import type { Results } from './results.ts';
import type { Samples } from './measure-works.ts';
import { median } from './statistics.ts';
import { measuredWorks } from './tables.ts';
import { workTitles, type WorkId } from './works.ts';

const WIDTH = 860;
const LABEL_WIDTH = 190;
const VALUE_WIDTH = 120;
const BAR_WIDTH = WIDTH - LABEL_WIDTH - VALUE_WIDTH;
const BAR_HEIGHT = 16;
const LINE_HEIGHT = 22;
const PANEL_GAP = 38;

/** Follows the reader's own choice of light or dark. */
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; }
  .small { font-size: 11px; fill: #59636e; }
  .paper { fill: #ffffff; }
  .raw { fill: #8c959f; } .peer { fill: #b6bfc9; } .ours { fill: #0969da; } .other { fill: #54aeff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .small { fill: #9198a1; }
    .paper { fill: #0d1117; }
    .raw { fill: #848d97; } .peer { fill: #3d444d; } .ours { fill: #4493f8; } .other { fill: #1f6feb; }
  }`;

/**
 * Bars of answers for a second of the server's CPU time, one panel for each work; the longest of each takes all the
 * room. Answers a second say the same on a machine that does nothing else, and nothing where others take its CPUs.
 */
export function plot(results: Results): string {
  const { works } = results;
  const names = measuredWorks(works);
  const servers = [...(works[names[0] ?? 'w1']?.keys() ?? [])];
  const panelHeight = servers.length * LINE_HEIGHT + PANEL_GAP;
  const height = names.length * panelHeight + 44;
  const [when, how] = captionLines(results);
  const panels = names.map((work, index) => panel(results, work, servers, index * panelHeight + 24));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Answers for a second of CPU time, by work and server">
<style>${STYLE}
</style>
<rect class="paper" width="${WIDTH}" height="${height}" rx="6"/>
${panels.join('\n')}
${text(12, height - 26, when, 'small')}
${text(12, height - 10, how, 'small')}
</svg>
`;
}

function panel({ works }: Results, work: WorkId, servers: readonly Contestant[], top: number): string {
  const most = Math.max(...servers.map((server) => answersOf(works, work, server)));
  const bars = servers.map((server, index) => {
    const answers = answersOf(works, work, server);
    const y = top + 8 + index * LINE_HEIGHT;
    const width = Math.max(1, (BAR_WIDTH * answers) / most).toFixed(1);
    const share = (answers / answersOf(works, work, raw)).toFixed(2);
    const value = `${answers.toLocaleString('en', { maximumFractionDigits: 0 })}, ${share} of raw`;
    return [
      text(LABEL_WIDTH - 8, y + 13, server.name, '', 'end'),
      `<rect class="${colour(server)}" x="${LABEL_WIDTH}" y="${y}" width="${width}" height="${BAR_HEIGHT}" rx="2"/>`,
      text(LABEL_WIDTH + Number(width) + 6, y + 12, value, 'small'),
    ].join('\n');
  });
  return [
    text(12, top, `${work.toUpperCase()}: ${workTitles[work]}, answers for a second of CPU time`, 'title'),
    ...bars,
  ].join('\n');
}

function answersOf(samples: Samples, work: WorkId, server: Contestant): number {
  return 1e6 / median((samples[work]?.get(server) ?? []).map(({ cpuUs }) => cpuUs));
}

function colour(server: Contestant): string {
  if (server === ours) return 'ours';
  if (server === oursOther) return 'other';
  return server === raw ? 'raw' : 'peer';
}

function text(x: number, y: number, content: string, style: string, anchor = 'start'): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" class="${style}" text-anchor="${anchor}">${escaped}</text>`;
}
