// The work, who does it, and how each is set: all contenders of a run.

import type { Contender } from './contender.js';
import type { CategoryJob, EncodeJob, FitJob } from './jobs.js';

export interface Files {
  /** MNIST's 60,000 training images, bytes. */
  readonly images: string;
  /** 10,000 rows of float32: MNIST's test images, and uniform noise without a zero. */
  readonly digits: string;
  readonly noise: string;
  readonly model: string;
  /** 100,000 rows of 20 categories, bytes. */
  readonly categories: string;
}

/** What those rows are. */
export const CATEGORIES = { rows: 100_000, categories: 20, values: 100 };

/** How much of it: a short run and a full one differ in nothing else. */
export interface Size {
  readonly rounds: number;
  /** Training rows: enough epochs' worth of them for a stable figure, and no more. */
  readonly rows: Record<'small' | 'slowPeers' | 'deep' | 'width' | 'categories', number>;
  readonly epochs: number;
  readonly encodeSeconds: number;
}

export const FULL: Size = {
  rounds: 5,
  rows: { small: 54_000, slowPeers: 6_400, deep: 2_560, width: 6_400, categories: 100_000 },
  epochs: 4,
  encodeSeconds: 1.5,
};
export const QUICK: Size = {
  rounds: 1,
  rows: { small: 27_000, slowPeers: 3_200, deep: 1_280, width: 2_560, categories: 10_000 },
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
} as const satisfies Record<string, Network>;

/** What the plot shows: time against each of these. */
const PLOT = { samples: [10_000, 60_000, 240_000], widths: [64, 128, 256, 512, 1024] };

export const threadsText = (threads: number) => (threads === 1 ? '1 thread' : `${threads} threads`);

/** Thread counts to run with: one, and all of them where that is another number. */
export const threadCounts = (all: number) => (all === 1 ? [1] : [1, all]);

/** Everybody, in the order of a round. `all` is the number of the machine's threads. */
export function contenders(size: Size, files: Files, all: number): Contender[] {
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
  const ofCategories: CategoryJob = {
    ...CATEGORIES,
    ...{ code: 64, learningRate: 0.002, batch: 64, rows: size.rows.categories },
    ...{ epochs: size.epochs, threads: 1, data: files.categories },
  };
  return [
    ...threadCounts(all).map((n) => ours(`fit paper ours ${n}`, fit(paper, small, n))),
    ...pytorch('fit paper', fit(paper, small, 1), all),
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
    ...pytorch('fit defaults', fit(defaults, small, 1), all),
    ...threadCounts(all).map((n) => ours(`fit deep ours ${n}`, fit(NETWORKS.deep, deep, n))),
    ...pytorch('fit deep', fit(NETWORKS.deep, deep, 1), all),
    ...threadCounts(all).map((threads) => ({
      key: `fit categories ours ${threads}`,
      library: 'ours' as const,
      setting: threadsText(threads),
      script: 'ours-categories.ts',
      job: { ...ofCategories, threads },
    })),
    ...pytorch('fit categories', ofCategories, all, 'pytorch-categories.py'),
    ...encoders('digits', files.digits, files, size, all),
    ...encoders('noise', files.noise, files, size, all),
    ...PLOT.samples.map((rows) => ours(`plot samples ${rows}`, fit(paper, rows, all))),
    ...PLOT.widths.map((width) =>
      ours(`plot width ${width}`, fit({ ...paper, layers: [784, width] }, size.rows.width, all)),
    ),
    ...Array.from({ length: all }, (_, i) =>
      ours(`plot threads ${i + 1}`, fit(paper, small, i + 1)),
    ),
  ];
}

function ours(key: string, job: FitJob): Contender {
  const setting = threadsText(job.threads);
  return { key, library: 'ours', setting, script: 'ours-fit.ts', job };
}

/** PyTorch's settings that have been the best one for some network or machine. */
function pytorch(
  work: string,
  job: FitJob | CategoryJob,
  all: number,
  script = 'pytorch-fit.py',
): Contender[] {
  const counts =
    all === 1
      ? [[1, 1]]
      : [
          [1, 1],
          [1, all],
          [all, all],
        ];
  return (counts as [number, number][]).flatMap(([torch, blas]) =>
    [false, true].map((foreach) => {
      const blasText = blas === torch ? '' : `, BLAS on ${blas}`;
      return {
        key: `${work} pytorch ${torch} ${blas}${foreach ? ' foreach' : ''}`,
        library: 'pytorch' as const,
        setting: `${threadsText(torch)}${blasText}${foreach ? ', Adam with foreach' : ''}`,
        script,
        job: { ...job, threads: torch, foreach },
        environment: {
          OMP_NUM_THREADS: `${torch}`,
          OPENBLAS_NUM_THREADS: `${blas}`,
          MKL_NUM_THREADS: `${blas}`,
          // Threads that spin between a small network's many small products slow it down threefold.
          OMP_WAIT_POLICY: 'passive',
          GOMP_SPINCOUNT: '0',
        },
      };
    }),
  );
}

function encoders(
  rows: 'digits' | 'noise',
  data: string,
  files: Files,
  size: Size,
  all: number,
): Contender[] {
  return threadCounts(all).flatMap((threads) => {
    const job: EncodeJob = {
      inputs: 784,
      codes: 64,
      data,
      model: files.model,
      threads,
      seconds: size.encodeSeconds,
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
