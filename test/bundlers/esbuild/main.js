import { Autoencoder } from 'autoencoder-wasm';
import { experiment } from '../experiment.js';

window.outcome = experiment(Autoencoder);
