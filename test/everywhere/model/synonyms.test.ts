import { describe, expect, test } from 'vitest';
import { Autoencoder } from '../../../src/index.js';
import { closest } from '../../../src/model/checks.js';
import { meant } from '../../../src/model/synonyms.js';
import { SMALL, SMALL_ROWS } from '../../support/models.js';

const FIT = ['epochs', 'batchSize', 'optimizer', 'learningRate', 'schedule', 'weightDecay'].concat(
  ...['noise', 'loss', 'rows', 'earlyStopping', 'onEpochEnd', 'onBatchEnd', 'clipNorm', 'sparsity'],
);

describe('names that other libraries use', () => {
  test.each([
    ['lr', 'learningRate'],
    ['learning_rate', 'learningRate'],
    ['Learning-Rate', 'learningRate'],
    ['patience', 'earlyStopping.patience'],
    ['min_delta', 'earlyStopping.minDelta'],
    ['verbose', 'onEpochEnd'],
    ['callbacks', 'onEpochEnd'],
    ['batch_size', 'batchSize'],
    ['optimiser', 'optimizer'],
    ['dropout', 'noise'],
    ['weight_decay', 'weightDecay'],
    ['l2', 'weightDecay'],
    ['l1', 'sparsity'],
    ['n_epochs', 'epochs'],
    ['max_grad_norm', 'clipNorm'],
    ['lr_scheduler', 'schedule'],
  ])('for %s, the error suggests %s of fit', async (name, expected) => {
    expect(closest(name, FIT)).toBe(expected);
    await expect(new Autoencoder(SMALL).fit(SMALL_ROWS, { [name]: 1 })).rejects.toThrow(
      `fit options has no '${name}'; did you mean '${expected}'?`,
    );
  });

  test.each([
    ['hidden', ['layers', 'activation'], 'layers'],
    ['hidden', ['layers', 'hidden'], 'hidden'],
    ['hiddenLayers', ['layers', 'hidden'], 'hidden'],
    ['hidden_layer_sizes', ['layers', 'activation'], 'layers'],
    ['latentDim', ['layers', 'code'], 'code'],
    ['latent_dim', ['layers', 'code'], 'code'],
    ['encodingDim', ['layers', 'code'], 'code'],
    ['bottleneck', ['layers', 'code'], 'code'],
    ['random_state', ['seed', 'scale'], 'seed'],
    // Flags are hyphenated, and have no nested names.
    ['lr', ['rows', 'learning-rate'], 'learning-rate'],
    ['patience', ['early-stopping', 'epochs'], 'early-stopping'],
    ['LEARNING_RATE', ['rows', 'learning-rate'], 'learning-rate'],
    // Without a synonym, the name with the most similar spelling is suggested.
    ['lr', ['rows', 'layers'], 'rows'],
    ['', ['rows', 'layers'], 'rows'],
    ['__proto__', ['rows', 'layers'], 'rows'],
    ['constructor', ['rows', 'contamination'], 'contamination'],
  ])('for %s among %j, the error suggests %s', (name, names, expected) => {
    expect(closest(name, names)).toBe(expected);
  });

  test.each([
    ['activation', 'relu6', 'relu'],
    ['activation', 'none', 'linear'],
    ['activation', 'swish', 'silu'],
    ['outputActivation', 'logistic', 'sigmoid'],
    ['scale', 'standardize', 'standard'],
    ['scale', 'zscore', 'standard'],
    ['scale', 'normalize', 'minmax'],
    ['init', 'xavier', 'glorot'],
    ['init', 'kaiming', 'he'],
    ['missing', 'nan', 'mask'],
  ])("%s '%s' is answered with '%s'", (option, value, expected) => {
    expect(() => new Autoencoder({ ...SMALL, [option]: value })).toThrow(
      `got '${value}'; did you mean '${expected}'?`,
    );
  });

  test.each([
    ['loss', 'crossentropy', 'bce'],
    ['loss', 'binary_crossentropy', 'bce'],
    ['loss', 'l1', 'mae'],
    ['loss', 'l2', 'mse'],
    ['loss', 'smooth_l1', 'huber'],
    ['optimizer', 'RMSprop', 'adam'],
    ['schedule', 'CosineAnnealing', 'cosine'],
    ['schedule', 'none', 'constant'],
  ])("%s '%s' is accepted as '%s'", async (option, value, expected) => {
    await expect(new Autoencoder(SMALL).fit(SMALL_ROWS, { [option]: value })).rejects.toThrow(
      `did you mean '${expected}'?`,
    );
  });

  test('other names have no synonym', () => {
    for (const name of ['', '?', 'toString', 'x'.repeat(1e6)])
      expect(meant(name, FIT)).toBe(undefined);
  });
});
