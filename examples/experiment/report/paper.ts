// The paper's five figures and its table, reproduced by this run.

import { LAYERS } from '../run.js';
import { lossChart } from './charts.js';
import { drawGraph, gradientGraph } from './gradient-graph.js';
import { ACTIVATION_NAMES, hourglass } from './hourglass.js';
import type { Figure, Section, Table } from './page.js';
import { layerPlan } from './plan.js';
import type { Examined, Experiment } from './report.js';
import { sheet } from './sheet.js';
import { imageAt, picture } from './tiles.js';

/** The paper's validation error after its 20 epochs. */
const PAPER_VALIDATION = 0.0076;

export async function paperFigures(
  experiment: Experiment,
  examined: Examined[],
): Promise<Section[]> {
  return [
    {
      heading: 'The data and the network',
      text:
        'The network knows nothing of digits. It is a chain of weighted sums, narrow in the middle, ' +
        'and it is shown pictures and asked for the same pictures again.',
      parts: [samples(experiment), architecture(experiment, examined), await gradient(examined)],
    },
    {
      heading: 'Training',
      text: trainingText(experiment, examined),
      parts: [loss(examined), errors(experiment), reconstructions(experiment, examined)],
    },
  ];
}

/** The rows of the first `count` images of each digit, in order. */
function firstOfEach(labels: Uint8Array, count: number): number[] {
  return Array.from({ length: 10 }, (_, digit) => {
    const rows: number[] = [];
    for (let i = labels.indexOf(digit); i >= 0 && rows.length < count; ) {
      rows.push(i);
      i = labels.indexOf(digit, i + 1);
    }
    return rows;
  }).flat();
}

function samples({ mnist }: Experiment): Figure {
  const columns = 16;
  const rows = firstOfEach(mnist.trainLabels, columns);
  const tiles = rows.map((row) => imageAt(mnist.train, row));
  return {
    file: 'figure-1-samples',
    title: 'Figure 1',
    caption:
      'Samples of MNIST, 28 × 28 pixels each; ink is a high value. Row by row the digits from 0 to 9, ' +
      'the first sixteen of each. Hands differ most in slant, stroke width and the shape of 2, 4 and 7.',
    alt: 'A grid of 160 handwritten digits, one row for each digit from 0 to 9.',
    image: picture(tiles, columns, 'ink', 2).png,
  };
}

function architecture({ mnist, images }: Experiment, examined: Examined[]): Figure {
  const [{ recipe, findings }, ...others] = examined as [Examined, ...Examined[]];
  const layers = layerPlan({ layers: LAYERS, ...recipe.model });
  const [row = 0] = firstOfEach(mnist.testLabels, 1).slice(2);
  const parameters = layers.reduce((sum, { inputs, outputs }) => sum + (inputs + 1) * outputs, 0);
  const widths = [layers[0]?.inputs, ...layers.map(({ outputs }) => outputs)];
  const same = others.map((other) => {
    const names = layerPlan({ layers: LAYERS, ...other.recipe.model }).map(
      ({ activation }) => ACTIVATION_NAMES[activation],
    );
    return ` The ${other.recipe.name} differ in the activations: ${names.join(', ')}.`;
  });
  return {
    file: 'figure-2-architecture',
    title: 'Figure 2',
    caption:
      `The architecture, from the model’s own layers (${recipe.name}). A bar is a layer of units, its ` +
      'height their number; between two bars are as many weights and biases as it says. All that the ' +
      `right half knows of the picture is the ${LAYERS.at(-1)} values in the middle. ` +
      `${parameters.toLocaleString('en')} parameters in all.${same.join('')}`,
    alt: `An hourglass of ${widths.join(', ')} units, with a digit going in at the left and its reconstruction coming out at the right.`,
    image: hourglass(layers, {
      before: imageAt(images.test, row),
      after: findings.reconstructions.row(row),
    }),
  };
}

async function gradient([first]: Examined[]): Promise<Figure> {
  const { recipe } = first as Examined;
  const { loss = 'mse', batchSize = 64 } = recipe.fit;
  const graph = gradientGraph(layerPlan({ layers: LAYERS, ...recipe.model }), { loss, batchSize });
  const count = graph.nodes.filter(({ kind }) => kind === 'operation').length;
  return {
    file: 'figure-3-gradient',
    title: 'Figure 3',
    caption:
      'How the gradient of the loss is computed, as TorchViz draws it, from the network’s own layers. ' +
      'Blue: the parameters, with their shapes. Grey: the backward operations. Green: the output for a ' +
      'batch, and the loss. The gradient runs against the arrows, from the loss up to each ' +
      'AccumulateGrad, which hands it to its parameter. The names are PyTorch’s; this library fuses ' +
      'the operations of a layer into one visit of its weights, and gets the same gradient.',
    alt: `A graph of ${count} backward operations that leads from the weights and biases of the encoder and the decoder to the output and the loss.`,
    image: await drawGraph(graph),
    narrow: true,
  };
}

function trainingText({ seedNote }: Experiment, examined: Examined[]): string {
  const { result } = examined[0] as Examined;
  const { train, validation, test } = result.samples;
  const n = (count: number) => count.toLocaleString('en');
  return (
    `${n(train)} images train for ${result.epochs} epochs, ${n(validation)} validate and ${n(test)} test. ` +
    'The paper’s configuration is ReLU throughout, Adam at a constant 0.001, batches of 64 and an L2 ' +
    'decay of 1e-5; the defaults are a linear code, a sigmoid at the end, and Adam from 0.002 down ' +
    `to zero along a cosine.${seedNote && ' The pictures are of the first seed.'}`
  );
}

function loss(examined: Examined[]): Figure {
  const points = examined.flatMap(({ recipe, result }) =>
    result.history.map(({ epoch, loss, validationLoss }) => ({
      run: recipe.name,
      epoch,
      training: loss,
      validation: validationLoss as number,
    })),
  );
  const last = examined.map(
    ({ recipe, result: { history } }) =>
      `${history.at(-1)?.validationLoss?.toFixed(5)} (${recipe.name})`,
  );
  return {
    file: 'figure-4-loss',
    title: 'Figure 4',
    caption:
      'Loss by epoch. Solid: on the training images, averaged while the weights still moved, which is ' +
      'why it begins above the other. Dashed: on the validation images after the epoch; it ends at ' +
      `${last.join(' and ')}. A dashed line well above the solid one would mean that it learns the training images by heart.`,
    alt: `Training and validation loss over ${examined[0]?.result.epochs} epochs, falling fast at first and then flattening, with the paper’s final ${PAPER_VALIDATION} as a dotted line.`,
    image: lossChart(points, PAPER_VALIDATION),
  };
}

function errors({ rows, seedNote, pca }: Experiment): Table {
  return {
    title: 'Table 1',
    caption:
      `Mean squared error a pixel${seedNote}. The paper’s figures are one run; PyTorch with exactly ` +
      'its configuration ends between 0.0077 and 0.0086 on the test images, depending on the seed. ' +
      `PCA with ${pca.components} components, fitted in this run to the same training images, is the ` +
      'best that a linear code of this size can do.',
    head: ['', 'train', 'validation', 'test'],
    // A figure space stands for a digit that the paper does not give.
    rows: rows.map(({ name, cells }) => [name, ...cells.map((cell) => cell.padEnd(7, '\u2007'))]),
  };
}

function reconstructions({ mnist, images }: Experiment, examined: Examined[]): Figure {
  const chosen = firstOfEach(mnist.testLabels, 1);
  const strips = examined.map(({ recipe, findings, result }) => ({
    heading: recipe.name,
    note: `test error ${result.mse.test.toFixed(5)}`,
    tiles: chosen.map((row) => findings.reconstructions.row(row)),
    columns: 10,
    captions: chosen.map((row) => (findings.errors[row] as number).toFixed(4)),
  }));
  const speckles = examined.some(({ key }) => key === 'paper')
    ? ' Look for missing pixels and ragged edges in the strokes of the paper’s configuration: output ' +
      'units that are dead (Figure 10), or nearly so.'
    : '';
  return {
    file: 'figure-5-reconstructions',
    title: 'Figure 5',
    caption:
      'Originals and what the network draws from their codes, for the first test image of each digit; ' +
      `below each its mean squared error.${speckles}`,
    alt: 'Ten handwritten digits from 0 to 9, and below them their reconstructions by each configuration.',
    image: sheet([
      { heading: 'originals', tiles: chosen.map((row) => imageAt(images.test, row)), columns: 10 },
      ...strips,
    ]),
  };
}
