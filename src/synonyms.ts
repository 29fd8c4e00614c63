// What options, and their values, are called elsewhere: for "did you mean", before edit distance, which
// would take `lr` for `rows`.

/** Ours, and in lower case, without anything between words, what others say for it; the first known one counts. */
const SYNONYMS: Readonly<Record<string, string>> = {
  learningRate: 'lr rate eta stepsize learningrateinit alpha',
  'earlyStopping.patience': 'patience niternochange',
  'earlyStopping.minDelta': 'mindelta tol tolerance',
  'earlyStopping.restoreBest': 'restorebest restorebestweights',
  earlyStopping: 'earlystop stopearly',
  hidden: 'hiddenlayers hiddensizes hiddenlayersizes hiddendims hiddenunits units',
  layers:
    'hidden hiddenlayers hiddensizes hiddenlayersizes hiddendims hiddenunits units sizes widths dims ' +
    'architecture inputdim inputsize inputshape inputs',
  code: 'latentdim latentsize latent encodingdim encodingsize bottleneck bottlenecksize embeddingdim codesize codewidth codedim ncomponents components',
  onEpochEnd: 'verbose callbacks callback onepoch log logger progress',
  onBatchEnd: 'onbatch onstep onprogress',
  batchSize: 'batch bs minibatch minibatchsize',
  epochs: 'nepochs numepochs maxepochs iterations niter numiterations maxiter',
  optimizer: 'optimiser opt solver',
  weightDecay: 'wd l2 decay regularization regularizer',
  noise: 'dropout corruption denoising denoise noisefactor noiselevel gaussiannoise',
  sparsity: 'l1 sparse activityregularizer sparsityweight',
  clipNorm: 'gradclip gradientclip gradientclipping clip maxgradnorm clipgradnorm maxnorm',
  loss: 'criterion lossfn lossfunction objective',
  schedule: 'scheduler lrscheduler lrschedule learningrateschedule lrdecay',
  'schedule.warmup': 'warmup warmupepochs',
  sampleWeight: 'sampleweights weights weight',
  validationSplit: 'valsplit validationfraction valfraction testsize split',
  validationData: 'valdata validation xval testdata validationset',
  reviveDeadUnits: 'revive deadrelus',
  resume: 'restart continue warmstart resumefrom',
  checkpoint: 'checkpointpath checkpoints savepath',
  signal: 'abort abortsignal cancel',
  seed: 'randomstate randomseed rng',
  threads: 'workers numworkers nworkers njobs numthreads nthreads',
  fastMath: 'relaxedsimd fma',
  scale: 'scaler scaling normalize normalise normalization standardize standardise preprocess',
  missing: 'nan nans nanpolicy missingvalues impute mask',
  init: 'initializer initialiser weightinit initialization kernelinitializer',
  tied: 'tiedweights tieweights weighttying sharedweights',
  codeActivation: 'latentactivation bottleneckactivation encodingactivation',
  outputActivation: 'finalactivation lastactivation decoderactivation outactivation',
  activation: 'nonlinearity activationfunction hiddenactivation encoderactivation act',
  contamination: 'quantile percentile share',
  top: 'topk limit',
  // Values
  linear: 'none identity null',
  relu: 'relu6 rectifier',
  leakyRelu: 'lrelu leaky prelu rrelu leakyrelu',
  elu: 'gelu selu celu swish silu mish softplus',
  tanh: 'hardtanh softsign',
  sigmoid: 'logistic hardsigmoid sigm',
  bce: 'crossentropy binarycrossentropy bceloss bcewithlogits bcewithlogitsloss logloss xent',
  mse: 'l2 meansquarederror squared squarederror mseloss rmse',
  mae: 'l1 l1loss absolute absoluteerror meanabsoluteerror',
  huber: 'smoothl1 smoothl1loss huberloss',
  adam: 'nadam adamax rmsprop adagrad radam',
  sgd: 'momentum gd gradientdescent nesterov',
  standard: 'standardize standardise standardscaler zscore std normal',
  minmax: 'normalize normalise minmaxscaler range unit',
  he: 'kaiming kaiminguniform henormal heuniform',
  glorot: 'xavier xavieruniform glorotuniform glorotnormal',
  pytorch: 'torch default uniform',
  mask: 'drop ignore impute mean nan allow skip dropout masking zero',
  gaussian: 'normal gauss awgn',
  saltPepper: 'salt saltandpepper impulse',
  cosine: 'cosineannealing cos onecycle',
  constant: 'none fixed',
  step: 'steplr exponential piecewise',
  kl: 'kldivergence kld kullbackleibler',
};

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/**
 * Which of `names` somebody means who says `name`: the same letters, or what is called so elsewhere;
 * undefined where neither is known. An option within another is named with it, `earlyStopping.patience`;
 * of flags, whose names have hyphens, it is the flag.
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
