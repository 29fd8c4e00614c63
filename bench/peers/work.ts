// The contenders of a run: the work, the libraries that do it, and their settings.

import type { Contender } from './contender.js';
import type {
  CategoryJob,
  EncodeJob,
  FirstCallJob,
  FitJob,
  QualityJob,
  SmallFitJob,
} from './jobs.js';
import { type Kernel, pytorch } from './pytorch.js';
import { threadsText } from './threads-text.js';

export interface Files {
  /** MNIST's 60,000 training images, as bytes. */
  readonly images: string;
  /** MNIST's 10,000 test images, as bytes. */
  readonly testImages: string;
  /** Dense rows, as float32, by width. */
  readonly embeddings: Readonly<Record<number, string>>;
  /** 10,000 rows of float32 each: MNIST's test images, and uniform noise without zeros. */
  readonly digits: string;
  readonly noise: string;
  readonly model: string;
  /** 100,000 rows of 20 categories, as bytes. */
  readonly categories: string;
}

/** The shape of the rows of categories. */
export const CATEGORIES = { rows: 100_000, categories: 20, values: 100 };

/** The number of dense rows, and the code width for each of their widths. */
export const EMBEDDINGS = { rows: 20_000, networks: { 768: 64, 1536: 128 } };

/**
 * Target errors on MNIST's test images, with the epochs over which the learning rate falls: the fewest that
 * reach the target with some margin, in this library and in PyTorch. The first is the paper's error.
 */
export const TARGETS = [
  { target: 0.0075, epochs: 2 },
  { target: 0.004, epochs: 3 },
  { target: 0.0036, epochs: 6 },
];

/** The amount of work: only this differs between a short run and a full one. */
export interface Size {
  readonly rounds: number;
  /** Training rows per job: enough epochs of them for a stable figure. */
  readonly rows: Record<
    'small' | 'slowPeers' | 'deep' | 'width' | 'categories' | 'embeddings',
    number
  >;
  readonly epochs: number;
  readonly encodeSeconds: number;
}

export const FULL: Size = {
  rounds: 5,
  rows: {
    ...{ small: 54_000, slowPeers: 6_400, deep: 2_560, width: 6_400, categories: 100_000 },
    embeddings: 20_000,
  },
  epochs: 4,
  encodeSeconds: 1.5,
};
export const QUICK: Size = {
  rounds: 1,
  rows: {
    ...{ small: 27_000, slowPeers: 3_200, deep: 1_280, width: 2_560, categories: 10_000 },
    embeddings: 5_000,
  },
  epochs: 2,
  encodeSeconds: 0.4,
};

type Network = Pick<FitJob, 'layers' | 'hidden' | 'code' | 'output' | 'weightDecay'>;

const NETWORKS = {
  paper: { layers: [784, 64], hidden: 'relu', code: 'relu', output: 'relu', weightDecay: 1e-5 },
  defaults: {
    layers: [784, 64],
    hidden: 'leakyRelu',
    code: 'linear',
    output: 'sigmoid',
    weightDecay: 0,
  },
  deep: {
    layers: [784, 1000, 500, 250, 30],
    hidden: 'leakyRelu',
    code: 'linear',
    output: 'sigmoid',
    weightDecay: 0,
  },
  embeddings: {
    layers: [],
    hidden: 'leakyRelu',
    code: 'linear',
    output: 'linear',
    weightDecay: 0,
  },
} as const satisfies Record<string, Network>;

/** The values that the plot shows times for. */
const PLOT = { samples: [10_000, 60_000, 240_000], widths: [64, 128, 256, 512, 1024] };

/** The thread counts to run with: one, and all if there are more. */
export const threadCounts = (all: number) => (all === 1 ? [1] : [1, all]);

/** What the machine offers. */
export interface Machine {
  /** The number of threads. */
  readonly all: number;
  /** The kernels that PyTorch can multiply with. */
  readonly kernels: readonly Kernel[];
  /** The path of a Node whose V8 has wide vectors. */
  readonly wideNode: string | undefined;
}

/** All contenders, in the order of a round. */
export function contenders(
  size: Size,
  files: Files,
  { all, kernels, wideNode }: Machine,
): Contender[] {
  const { small, slowPeers, deep } = size.rows;
  const fit = (network: Network, rows: number, threads: number): FitJob => ({
    ...network,
    learningRate: 0.001,
    batch: 64,
    rows,
    epochs: size.epochs,
    threads,
    data: files.images,
  });
  const { paper, defaults } = NETWORKS;
  const dense = (width: number, code: number, threads: number): FitJob => ({
    ...fit({ ...NETWORKS.embeddings, layers: [width, code] }, size.rows.embeddings, threads),
    ...{ data: files.embeddings[width] as string, floats: true },
  });
  const untilGood = (threads: number, goal: (typeof TARGETS)[number]): QualityJob => ({
    ...{ ...goal, learningRate: 0.004, batch: 64, threads },
    ...{ data: files.images, test: files.testImages },
  });
  const ofCategories: CategoryJob = {
    ...CATEGORIES,
    ...{ code: 64, learningRate: 0.002, batch: 64, rows: size.rows.categories },
    ...{ epochs: size.epochs, threads: 1, data: files.categories },
  };
  const small200: SmallFitJob = {
    ...fit({ ...paper, layers: [10, 4] }, 200, 1),
    ...{ epochs: 50, seconds: size.encodeSeconds },
  };
  const everybody: Contender[] = [
    ...threadCounts(all).map((n) => ours(`fit paper ours ${n}`, fit(paper, small, n))),
    ...pytorch('fit paper', fit(paper, small, 1), all, kernels),
    {
      key: 'fit paper tfjs',
      library: 'tfjs',
      setting: '1 thread',
      script: 'tfjs-fit.ts',
      job: fit(paper, slowPeers, 1),
    },
    {
      key: 'fit paper jax',
      library: 'jax',
      setting: '1 thread',
      script: 'jax-js-fit.ts',
      job: fit(paper, slowPeers, 1),
    },
    ...threadCounts(all).map((n) => ours(`fit defaults ours ${n}`, fit(defaults, small, n))),
    ...pytorch('fit defaults', fit(defaults, small, 1), all, kernels),
    ...threadCounts(all).map((n) => ours(`fit deep ours ${n}`, fit(NETWORKS.deep, deep, n))),
    ...pytorch('fit deep', fit(NETWORKS.deep, deep, 1), all, kernels),
    ...threadCounts(all).map((threads) => ({
      key: `fit categories ours ${threads}`,
      library: 'ours' as const,
      setting: threadsText(threads),
      script: 'ours-categories.ts',
      job: { ...ofCategories, threads },
    })),
    ...pytorch('fit categories', ofCategories, all, kernels, 'pytorch-categories.py'),
    ...Object.entries(EMBEDDINGS.networks).flatMap(([width, code]) => [
      ...threadCounts(all).map((n) => ours(`fit dense${width} ours ${n}`, dense(+width, code, n))),
      ...pytorch(`fit dense${width}`, dense(+width, code, 1), all, kernels),
    ]),
    ...TARGETS.flatMap((goal) => [
      ...threadCounts(all).map((threads) => ({
        key: `quality ${goal.target} ours ${threads}`,
        library: 'ours' as const,
        setting: threadsText(threads),
        script: 'ours-quality.ts',
        job: untilGood(threads, goal),
      })),
      ...pytorch(
        `quality ${goal.target}`,
        untilGood(1, goal),
        all,
        kernels.slice(0, 1),
        'pytorch-quality.py',
      ),
    ]),
    ...encoders('digits', files.digits, files, size, threadCounts(all)),
    ...encoders('noise', files.noise, files, size, threadCounts(all)),
    ...encoders('single', files.digits, files, size, [1]),
    ...encoders('sixteen', files.digits, files, size, [1]),
    ...encoders('bytes', files.testImages, files, size, threadCounts(all)).filter(
      ({ library }) => library === 'ours',
    ),
    ...(['ours', 'tfjs'] as const).map((library) => ({
      ...{ key: `small fit ${library}`, library, setting: '1 thread' },
      ...{ script: `${library}-small-fit.ts`, job: small200 },
    })),
    ...(['ours', 'ortNode', 'ortWeb', 'tfjs'] as const).map((library) => {
      const { digits: data, model } = files;
      const job: FirstCallJob = { library, inputs: 784, codes: 64, data, model };
      const script = 'first-call.mjs';
      return { key: `first call ${library}`, library, setting: '1 thread', script, job };
    }),
    ...PLOT.samples.map((rows) => ours(`plot samples ${rows}`, fit(paper, rows, all))),
    ...PLOT.widths.map((width) =>
      ours(`plot width ${width}`, fit({ ...paper, layers: [784, width] }, size.rows.width, all)),
    ),
    ...Array.from({ length: all }, (_, i) =>
      ours(`plot threads ${i + 1}`, fit(paper, small, i + 1)),
    ),
  ];
  if (!wideNode) return everybody;
  // Each of our contenders runs again with wide vectors, directly after the run without them.
  return everybody.flatMap((contender) => {
    const { key, library, setting } = contender;
    if (library !== 'ours' || key.startsWith('plot')) return [contender];
    const wide: Contender = {
      ...contender,
      ...{ key: key.replace(' ours', ' wide'), library: 'wide', node: wideNode },
      setting: `${setting}, wide vectors`,
    };
    return [contender, wide];
  });
}

function ours(key: string, job: FitJob): Contender {
  const setting = threadsText(job.threads);
  return { key, library: 'ours', setting, script: 'ours-fit.ts', job };
}

function encoders(
  rows: 'digits' | 'noise' | 'single' | 'sixteen' | 'bytes',
  data: string,
  files: Files,
  size: Size,
  counts: readonly number[],
): Contender[] {
  return counts.flatMap((threads) => {
    const job: EncodeJob = {
      inputs: 784,
      codes: 64,
      data,
      model: files.model,
      threads,
      seconds: size.encodeSeconds,
      ...(rows === 'single' ? { rowsPerCall: 1 } : {}),
      ...(rows === 'sixteen' ? { rowsPerCall: 16 } : {}),
      ...(rows === 'bytes' ? { bytes: true } : {}),
    };
    const contender = (library: 'ours' | 'ortNode' | 'ortWeb', script: string): Contender => ({
      key: `encode ${rows} ${library} ${threads}`,
      library,
      setting: threadsText(threads),
      script,
      job,
    });
    return [
      contender('ours', 'ours-encode.ts'),
      contender('ortNode', 'onnxruntime-node-encode.ts'),
      contender('ortWeb', 'onnxruntime-web-encode.ts'),
    ];
  });
}
