// Checks imports: fails if they form a cycle, or go against the order of the folders.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** A folder may import from itself, from the folders listed, and from generated files. */
const SRC = {
  base: [],
  model: ['base'],
  data: ['base', 'model'],
  engine: ['base', 'model', 'data'],
  files: ['base', 'model', 'data'],
  inference: ['base', 'model', 'data', 'engine'],
  training: ['base', 'model', 'data', 'engine', 'files', 'inference'],
  // Above the class, as its users are, except for the parts of anomalies that the class itself imports.
  anomalies: ['.', 'base', 'model', 'data', 'files', 'training', 'inference', 'table'],
  table: ['.', 'base', 'model', 'data', 'files', 'training', 'anomalies'],
  series: ['base', 'model', 'data', 'files', 'inference', 'training'],
  // The entry points, and the class that they export.
  '.': [
    ...['base', 'model', 'data', 'engine', 'files', 'inference', 'training', 'anomalies'],
    ...['table', 'series', 'cli'],
  ],
  cli: ['.', 'table', 'series', 'base', 'model', 'files', 'training', 'anomalies'],
  generated: [],
};
/** Inside the command line: tables do not depend on commands. */
const CLI = {
  '.': ['commands', 'tables'],
  commands: ['.', 'tables'],
  tables: ['.'],
};
const ASSEMBLY = {
  '.': ['kernels', 'program', 'threads'],
  kernels: ['.'],
  program: ['.', 'kernels', 'threads'],
  threads: ['.', 'kernels', 'program'],
};

/** The modules of a folder, each with the modules that it imports, types included. */
function graphOf(root) {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const known = new Set(files);
  const imports = /(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g;
  return new Map(
    files.map((file) => {
      const text = readFileSync(join(root, file), 'utf8').replace(/^\s*(\/\/|\*).*$/gm, '');
      const targets = Array.from(text.matchAll(imports), ([, path]) =>
        relative(root, join(root, dirname(file), path.replace(/(\.js)?$/, '.ts'))),
      );
      return [file, [...new Set(targets)].filter((target) => known.has(target))];
    }),
  );
}

/** The groups of modules that import each other in a cycle (Tarjan 1972). */
function circlesOf(graph) {
  const [index, low] = [new Map(), new Map()];
  const stack = [];
  const circles = [];
  const visit = (file) => {
    index.set(file, index.size);
    low.set(file, index.get(file));
    stack.push(file);
    for (const target of graph.get(file)) {
      if (!index.has(target)) visit(target);
      if (stack.includes(target)) low.set(file, Math.min(low.get(file), low.get(target)));
    }
    if (low.get(file) !== index.get(file)) return;
    const group = stack.splice(stack.indexOf(file));
    if (group.length > 1) circles.push(group);
  };
  for (const file of graph.keys()) if (!index.has(file)) visit(file);
  return circles;
}

function arrowsAgainst(graph, rule) {
  const roomOf = (file) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '.');
  const arrows = [];
  for (const [file, targets] of graph) {
    const room = roomOf(file);
    if (!rule[room]) throw new Error(`scripts/imports.mjs has no rule for the folder ${room}`);
    for (const target of targets) {
      const to = roomOf(target);
      if (to !== room && to !== 'generated' && !rule[room].includes(to)) {
        arrows.push(`${file} imports ${target}`);
      }
    }
  }
  return arrows;
}

for (const [root, rule] of [
  ['src', SRC],
  ['src/cli', CLI],
  ['assembly', ASSEMBLY],
]) {
  const graph = graphOf(root);
  const circles = circlesOf(graph);
  const arrows = arrowsAgainst(graph, rule);
  const count = (n, what) => `${n} ${what}${n === 1 ? '' : 's'}`;
  console.log(
    `${root}/: ${count(graph.size, 'file')}, ${count(circles.length, 'import circle')}, ` +
      `${count(arrows.length, 'arrow')} against the rule`,
  );
  for (const circle of circles) console.log(`  circle: ${circle.join(', ')}`);
  for (const arrow of arrows) console.log(`  ${arrow}`);
  if (circles.length + arrows.length > 0) process.exitCode = 1;
}
