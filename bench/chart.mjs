/** results.svg: the main questions, one bar for each who answers. */
import { time } from './report.mjs';

const questions = {
  'sni/mixed': 'Server name of a ClientHello',
  'ja4-bytes/mixed': 'JA4 of a ClientHello',
  'proxy/v1 TCP4': 'PROXY header, version 1',
  'proxy/v2 TCP4': 'PROXY header, version 2',
  'sniff-web/mixed': 'TLS, HTTP/1 or HTTP/2?',
  'http/a browser, 15 fields': 'Request head of a browser',
};

const LEFT = 200;
const WIDTH = 800;
const BAR = 14;
const STEP = 19;
const [SHORTEST, LONGEST] = [10, 1e6];
const xOf = (ns) => LEFT + ((WIDTH - LEFT - 220) * Math.log10(Math.max(ns, SHORTEST) / SHORTEST)) / Math.log10(LONGEST / SHORTEST);
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const text = (x, y, content, name = '') => `<text x="${x.toFixed(1)}" y="${y}"${name && ` class="${name}"`}>${escaped(content)}</text>`;

function remarkOnSplit(cases, name) {
  const found = cases.find(({ id }) => id === 'sni/split over records');
  const { wrong = 0, refused = 0 } = found?.rows.find((row) => row.name === name) ?? {};
  return wrong + refused === 0 ? '' : `; split over records, fails ${wrong + refused} of ${found.samples}`;
}

/**
 * @param {import('./figures.mjs').Results} results
 * @returns {string} a chart with a logarithmic scale, for light and dark pages
 */
export function toSvg({ cases }) {
  const parts = [];
  let y = 44;
  for (const [id, title] of Object.entries(questions)) {
    const found = cases.find((each) => each.id === id);
    if (found === undefined) continue;
    parts.push(text(8, y + 11, title, 'title'));
    y += STEP;
    for (const { name, side, ns, wrong } of found.rows) {
      if (ns === undefined || side === 'floor') continue;
      const end = xOf(ns);
      const remark = wrong > 0 ? `, wrong: ${wrong} of ${found.samples}` : '';
      const split = id === 'sni/mixed' ? remarkOnSplit(cases, name) : '';
      parts.push(
        text(LEFT - 6, y + 11, name, 'name'),
        `<rect x="${LEFT}" y="${y}" width="${(end - LEFT).toFixed(1)}" height="${BAR}" class="${side}"/>`,
        text(end + 5, y + 11, `${time(ns)}${remark}${split}`),
      );
      y += STEP;
    }
    y += 8;
  }
  const marks = [10, 100, 1000, 1e4, 1e5, 1e6];
  const grid = marks.map((ns) => `<path d="M${xOf(ns).toFixed(1)} 36V${y}"/>`).join('');
  const scale = marks.map((ns) => text(xOf(ns), 30, time(ns), 'scale')).join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img">
<title>Time for one operation of preread and of other packages</title>
<style>
text { font: 12px system-ui, sans-serif; fill: #57606a; }
.title { font-weight: 600; fill: #24292f; }
.name { text-anchor: end; }
.scale { text-anchor: middle; font-size: 11px; }
path { stroke: #d0d7de; }
.ours { fill: #1a7f37; }
.peer { fill: #8c959f; }
@media (prefers-color-scheme: dark) {
text { fill: #9198a1; }
.title { fill: #f0f6fc; }
path { stroke: #30363d; }
.ours { fill: #3fb950; }
.peer { fill: #656c76; }
}
</style>
${text(8, 14, 'Time for one operation, logarithmic scale: shorter is faster', 'title')}
${scale}
${grid}
${parts.join('\n')}
</svg>
`;
}
