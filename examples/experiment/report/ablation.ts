// Table 2: the contribution of each choice of the defaults.

import type { Ablations } from '../results.js';
import type { Section } from './page.js';

export function ablationSection(ablation: Ablations): Section {
  const { seeds, images, choices, paper, defaults } = ablation;
  const spread =
    seeds.length > 1
      ? `mean ± standard deviation over seeds ${seeds[0]} to ${seeds.at(-1)}`
      : `seed ${seeds[0]}`;
  return {
    heading: 'What makes the defaults better',
    text:
      `Four choices tell the two configurations apart. Each is put into the paper's configuration alone, ` +
      'and taken from the defaults alone: what helps in both columns helps by itself, and what helps in ' +
      `one only needs the others. These models train on ${images.toLocaleString('en')} images.`,
    parts: [
      {
        title: 'Table 2',
        caption:
          `Mean squared error a pixel on the test images, ${spread}. Less is better in the first column ` +
          'of numbers, which begins with the paper’s configuration and changes one thing; more is worse ' +
          'in the second, which begins with the defaults and takes one thing back.' +
          (seeds.length > 1 ? '' : ' With one seed, differences of a few per cent may be chance.'),
        head: ['', 'paper’s, with it', 'defaults, without it'],
        rows: [
          ['nothing changed', cell(paper), cell(defaults)],
          ...choices.map(({ change, paperWith, defaultsWithout }) => [
            change,
            cell(paperWith),
            cell(defaultsWithout),
          ]),
        ],
      },
    ],
  };
}

/** The choice whose removal makes the defaults worst, and by how many percent. */
export function strongest({ choices, defaults }: Ablations): { change: string; percent: number } {
  const [first] = choices
    .map(({ change, defaultsWithout }) => ({
      change,
      percent: 100 * (meanOf(defaultsWithout) / meanOf(defaults) - 1),
    }))
    .sort((a, b) => b.percent - a.percent);
  return first as { change: string; percent: number };
}

function cell(values: number[]): string {
  const mean = meanOf(values);
  if (values.length === 1) return mean.toFixed(5);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return `${mean.toFixed(5)} ± ${Math.sqrt(squares / (values.length - 1)).toFixed(5)}`;
}

function meanOf(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
