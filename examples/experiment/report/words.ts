// The sections without figures: the method, the results and the sources.

import { countImages } from '../mnist.js';
import { strongest } from './ablation.js';
import type { Section } from './page.js';
import type { Examined, Experiment } from './report.js';
import type { Summary } from './summary.js';

export function method({ images, mnist, pca, data }: Experiment, [first]: Examined[]): Section {
  const { layers, epochs, seed } = (first as Examined).result;
  const n = (part: Uint8Array) => countImages(part).toLocaleString('en');
  const source =
    data === 'full'
      ? 'All of MNIST: '
      : 'Part of MNIST, the 10,000 digits of a small package (--data full takes all): ';
  return {
    heading: 'Method',
    text: '',
    list: [
      `Data. ${source}${n(mnist.train)} images to train and to validate on, of which the seed draws a ` +
        `tenth for validation, and ${n(mnist.test)} to test with, which no choice here was made by. A ` +
        'pixel is a byte divided by 255; nothing else is done to it.',
      `Network. ${layers.join('–')}–${layers.slice(0, -1).reverse().join('–')}, dense layers; PyTorch's ` +
        'initialisation in both configurations.',
      `Training. ${n(images.train)} images, ${epochs} epochs, batches of 64 in a new order every epoch, ` +
        'the mean squared error, Adam; what the two configurations do differently stands under “Training”.',
      'Measure. The mean of the squared differences over all pixels of all images of a part, by the ' +
        'weights after the last epoch. None are picked by their validation error.',
      `Comparison. Principal components of the same training images: ${pca.components} directions and a ` +
        'mean, the best linear code of that size (Baldi and Hornik 1989).',
      `Seeds. Everything random comes from the seed, ${seed} in the pictures: the split, the weights to ` +
        'begin with, the order of the images. The same seed gives the same numbers on every machine, but ' +
        'for the times.',
    ],
    parts: [],
  };
}

export function conclusion(
  { data, pca, ablation, trained }: Experiment,
  { recipes }: Summary,
): Section {
  const list: string[] = [];
  const mse = (key: 'paper' | 'defaults') =>
    trained.find((one) => one.key === key)?.result.mse.test;
  const [paper, defaults] = [mse('paper'), mse('defaults')];
  const than = (value: number) => (value < pca.testMse ? 'less' : 'more');
  if (paper !== undefined) {
    const reported = data === 'full' ? ' The paper reports 0.0075.' : '';
    list.push(
      `The paper's configuration comes to ${paper.toFixed(5)} on the test images, ${than(paper)} than ` +
        `PCA's ${pca.testMse.toFixed(5)}.${reported}`,
    );
  }
  if (defaults !== undefined) {
    const times = paper === undefined || paper < defaults ? '' : comparison(paper / defaults);
    list.push(
      `The defaults, with the same number of weights and the same number of epochs, come to ` +
        `${defaults.toFixed(5)}${times}.`,
    );
  }
  const { change, percent } = ablation ? strongest(ablation) : { change: '', percent: 0 };
  if (percent > 0) {
    list.push(
      `The choice that matters most is ${change}: without it, the defaults' error is ` +
        `${percent.toFixed(0)} % larger (Table 2).`,
    );
  }
  const dead = recipes.paper?.dead;
  if (dead?.outputUnits) {
    list.push(
      `A ReLU at the output leaves ${dead.outputUnits} pixels that are never drawn, and ` +
        `${(100 * dead.shareOfError).toFixed(0)} % of the error there (Figure 10).`,
    );
  }
  return {
    heading: 'Conclusion',
    text: '',
    list,
    parts: [],
  };
}

function comparison(factor: number): string {
  return `: the other's error is ${factor.toFixed(1)} times as large`;
}

export const REFERENCES: Section = {
  heading: 'References',
  text: '',
  list: [
    'Redes Neuronales: Práctico 4. The course paper whose experiment this repeats.',
    'P. Baldi and K. Hornik. Neural networks and principal component analysis: learning from examples without local minima. Neural Networks 2, 1989.',
    'G. E. Hinton and R. R. Salakhutdinov. Reducing the dimensionality of data with neural networks. Science 313, 2006.',
    'D. P. Kingma and J. Ba. Adam: a method for stochastic optimization. ICLR 2015.',
    'Y. LeCun, C. Cortes and C. J. C. Burges. The MNIST database of handwritten digits. http://yann.lecun.com/exdb/mnist/',
    'I. Loshchilov and F. Hutter. SGDR: stochastic gradient descent with warm restarts. ICLR 2017. The cosine schedule.',
    'L. McInnes, J. Healy and J. Melville. UMAP: uniform manifold approximation and projection for dimension reduction. arXiv:1802.03426, 2018.',
  ],
  parts: [],
};
