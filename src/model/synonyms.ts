// Names that other libraries use for options and their values. "Did you mean" tries them before the edit
// distance, which would suggest `rows` for `lr`.

/** Our names, with the synonyms in lower case and without separators. The first known synonym counts. */
const SYNONYMS: Readonly<Record<string, string>> = {
  learningRate: 'lr rate eta stepsize',
  'earlyStopping.patience': 'patience',
  'earlyStopping.minDelta': 'mindelta tol',
  'earlyStopping.restoreBest': 'restorebest restorebestweights',
  hidden: 'hiddenlayers hiddensizes hiddenlayersizes hiddendims units',
  layers:
    'hidden hiddenlayers hiddensizes hiddenlayersizes hiddendims units sizes dims inputdim inputsize',
  code: 'latentdim latentsize latent encodingdim bottleneck embeddingdim codesize ncomponents',
  onEpochEnd: 'verbose callbacks callback progress',
  batchSize: 'batch bs minibatch',
  epochs: 'nepochs numepochs maxepochs iterations maxiter',
  optimizer: 'optimiser opt solver',
  weightDecay: 'wd l2 decay',
  noise: 'dropout corruption denoising',
  sparsity: 'l1 sparse activityregularizer',
  clipNorm: 'gradclip clip maxgradnorm clipgradnorm',
  loss: 'criterion lossfn objective',
  schedule: 'scheduler lrscheduler lrschedule',
  'schedule.warmup': 'warmup',
  sampleWeight: 'weights',
  validationSplit: 'valsplit testsize',
  validationData: 'valdata validation',
  signal: 'abort',
  seed: 'randomstate rng',
  threads: 'workers numworkers njobs',
  scale: 'scaler normalize standardize',
  missing: 'nan nanpolicy impute',
  tied: 'tieweights',
  // Values
  linear: 'none identity',
  relu: 'relu6',
  leakyRelu: 'lrelu prelu',
  elu: 'selu',
  silu: 'swish mish',
  sigmoid: 'logistic',
  bce: 'crossentropy binarycrossentropy bceloss bcewithlogits logloss',
  mse: 'l2 meansquarederror mseloss',
  mae: 'l1 l1loss meanabsoluteerror',
  huber: 'smoothl1',
  adam: 'nadam rmsprop adagrad',
  sgd: 'momentum',
  standard: 'standardize standardscaler zscore',
  minmax: 'normalize minmaxscaler',
  he: 'kaiming',
  glorot: 'xavier',
  mask: 'nan ignore impute dropout',
  gaussian: 'normal',
  cosine: 'cosineannealing',
  constant: 'none fixed',
  step: 'steplr',
};

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/**
 * The one of `names` that is meant by `name`: one with the same letters, or with that synonym; undefined if
 * there is none. A synonym may mean a part of an option, such as `earlyStopping.patience`; among flags,
 * whose names have hyphens, it means the flag.
 */
export function meant(name: string, names: readonly string[]): string | undefined {
  const wanted = plain(name.slice(0, 40));
  if (wanted === '') return undefined;
  const same = names.find((known) => plain(known) === wanted);
  if (same !== undefined) return same;
  for (const [ours, others] of Object.entries(SYNONYMS)) {
    if (!others.split(' ').includes(wanted)) continue;
    const root = ours.split('.')[0] as string;
    const known = names.find((item) => plain(item) === plain(root));
    if (known !== undefined) return known === root ? ours : known;
  }
  return undefined;
}
