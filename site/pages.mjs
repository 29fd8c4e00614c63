// Lists which files of the repository are pages of the site, their addresses, and their order. The build
// fails if a page of docs/ is not in any list here.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..');

/** The sections of the side bar: the title, and for each page its name there, its file and its address. */
export const SECTIONS = [
  ['Start', [['Start', 'docs/start.md', 'start']]],
  [
    'Guides',
    [
      ['Which recipe for which data', 'docs/recipes.md', 'guide/recipes'],
      ['Images', 'docs/images.md', 'guide/images'],
      ['Tables', 'docs/tables.md', 'guide/tables'],
      ['Anomalies', 'docs/anomalies.md', 'guide/anomalies'],
      ['Series', 'docs/series.md', 'guide/series'],
      ['Neighbours', 'docs/neighbours.md', 'guide/neighbours'],
      ['Streams', 'docs/streams.md', 'guide/streams'],
      ['Browsers and headers', 'docs/browsers.md', 'guide/browsers'],
      ['Files, PyTorch and ONNX', 'docs/files.md', 'guide/files'],
      ['Scaling', 'docs/scaling.md', 'guide/scaling'],
    ],
  ],
  [
    'Reference',
    [
      ['Options and methods', 'docs/options.md', 'options'],
      ['Where it runs', 'docs/environments.md', 'environments'],
      ['Guarantees and limits', 'docs/guarantees.md', 'guarantees'],
      ['Changelog', 'CHANGELOG.md', 'changelog'],
    ],
  ],
  ['Command line', [['Overview', 'docs/command-line.md', 'command/index']]],
  [
    'Benchmarks',
    [
      ['Overview', 'docs/benchmarks.md', 'benchmarks/index'],
      ['Other libraries', 'bench/RESULTS.md', 'benchmarks/results'],
      ['Quality', 'bench/QUALITY.md', 'benchmarks/quality'],
      ['Anomalies', 'bench/ANOMALIES.md', 'benchmarks/anomalies'],
      ['Series', 'bench/SERIES.md', 'benchmarks/series'],
      ['Tables', 'bench/TABLES.md', 'benchmarks/tables'],
      ['Browser pages', 'bench/PAGES.md', 'benchmarks/pages'],
    ],
  ],
  [
    'Internals',
    [
      ['How it works', 'docs/how-it-works.md', 'internals/how-it-works'],
      ['The experiment', 'docs/experiment.md', 'internals/experiment'],
      ['Contributing', 'CONTRIBUTING.md', 'internals/contributing'],
      ['Files on many machines', 'examples/scale-out/README.md', 'internals/scale-out'],
      ['Training by PyTorch', 'examples/pytorch-ddp/README.md', 'internals/pytorch-ddp'],
    ],
  ],
];

const listed = SECTIONS.flatMap(([, pages]) => pages);
const lost = ['docs', 'bench'].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .map((name) => `${folder}/${name}`)
    .filter((path) => path.endsWith('.md') && !listed.some(([, file]) => file === path)),
);
if (lost.length > 0) throw new Error(`site/pages.mjs has no place for ${lost.join(', ')}`);

/** Maps files to their paths in the site, for VitePress. */
export const REWRITES = Object.fromEntries([
  ['site/pages/index.md', 'index.md'],
  ['site/pages/command/:command.md', 'command/:command.md'],
  ...listed.map(([, file, address]) => [file, `${address}.md`]),
]);
