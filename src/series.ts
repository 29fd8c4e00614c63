// The entry point autoencoder-wasm/series: moments in, alarms out.

export { type FlatSeries, type Windows, type WindowsOptions, windows } from './series/windows.js';
