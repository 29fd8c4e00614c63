// How the binary is started: synchronously, or asynchronously where a page requires it; and engines that
// refuse it. Runs in Node, where modules can be loaded again, with mocks of other engines.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { rowsOf } from '../../support/data.js';
import { SMALL, SMALL_ROWS } from '../../support/models.js';

const ROWS = rowsOf(SMALL_ROWS, 6).slice(0, 3);
const Real = globalThis.WebAssembly;

/** Loads the library with `Refused` in place of WebAssembly. */
async function libraryIn(Refused: object): Promise<typeof import('../../../src/index.js')> {
  vi.stubGlobal('WebAssembly', Refused);
  vi.resetModules();
  return import('../../../src/index.js');
}

/** A WebAssembly whose compile functions and constructors throw this error. */
function refusing(error: Error): object {
  const refuse = class {
    constructor() {
      throw error;
    }
  };
  const reject = () => Promise.reject(error);
  return {
    Memory: Real.Memory,
    validate: Real.validate,
    Module: refuse,
    Instance: refuse,
    compile: reject,
    instantiate: reject,
  };
}

/** Like Chromium before 115 on the main thread of a page. */
const ASYNC_ONLY = {
  ...refusing(
    new RangeError(
      'WebAssembly.Compile is disallowed on the main thread, if the buffer size is larger than 4KB. ' +
        'Use WebAssembly.compile, or compile on a worker thread.',
    ),
  ),
  compile: Real.compile,
  instantiate: Real.instantiate,
};

let expected: Float32Array;

beforeEach(async () => {
  const { Autoencoder } = await libraryIn(Real);
  expected = new Autoencoder(SMALL).encodeSync(ROWS).data;
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('in engines that compile WebAssembly only asynchronously', () => {
  test('synchronous methods name the method to await first, and work after it', async () => {
    const { Autoencoder } = await libraryIn(ASYNC_ONLY);
    const ae = new Autoencoder(SMALL);
    expect(() => ae.encodeSync(ROWS)).toThrow(/only asynchronously.*await one without.*encode/);
    expect((await ae.encode(ROWS)).data).toEqual(expected);
    expect(ae.encodeSync(ROWS).data).toEqual(expected);
    expect(ae.encodeSync(ROWS).data).toEqual(expected);
  });

  test('synchronous methods work while all other engines are in use', async () => {
    const { Autoencoder } = await libraryIn(ASYNC_ONLY);
    const ae = new Autoencoder(SMALL);
    let seen: Float32Array | undefined;
    await ae.fit(SMALL_ROWS, {
      epochs: 1,
      onEpochEnd: () => {
        seen = ae.encodeSync(ROWS).data;
      },
    });
    expect(seen).toEqual((await ae.encode(ROWS)).data);
  });

  test('fit gives the same result', async () => {
    const fitted = async (engine: object) => {
      const { Autoencoder } = await libraryIn(engine);
      const ae = new Autoencoder(SMALL);
      await ae.fit(SMALL_ROWS, { epochs: 2 });
      return ae.save();
    };
    expect(await fitted(ASYNC_ONLY)).toEqual(await fitted(Real));
  });
});

test('a platform that cannot compile bytes runs the module that its bundler compiled', async () => {
  const Refused = { ...refusing(new Error('disallowed by embedder')), Instance: Real.Instance };
  const { Autoencoder } = await libraryIn(Refused);
  const [{ giveModule }, { unpackBinaries }] = await Promise.all([
    import('../../../src/engine/modules.js'),
    import('../../../src/engine/binaries.js'),
  ]);
  giveModule(new Real.Module(unpackBinaries().strict));
  const ae = new Autoencoder({ ...SMALL, fastMath: true });
  expect(ae.fastMath).toBe(false);
  expect(ae.encodeSync(ROWS).data).toEqual(expected);
  await ae.fit(SMALL_ROWS, { epochs: 1 });
});

test('also in the first call, rows are read before it returns', async () => {
  const { Autoencoder } = await libraryIn(Real);
  const rows = ROWS.map((row) => row.slice());
  const encoding = new Autoencoder(SMALL).encode(rows);
  for (const row of rows) row.fill(0);
  expect((await encoding).data).toEqual(expected);
});

test('many first calls at once compile a single time', async () => {
  const { Autoencoder } = await libraryIn(Real);
  const compile = vi.spyOn(WebAssembly, 'compile');
  const ae = new Autoencoder(SMALL);
  await Promise.all(Array.from({ length: 5 }, () => ae.encode(ROWS)));
  expect(compile).toHaveBeenCalledTimes(1);
  compile.mockRestore();
});

test("Node's event loop is kept busy while the binary compiles", async () => {
  // With an empty event loop Node would wait for all tasks of V8, which may hang: nodejs/node#54918.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    let held = 0;
    const compile = async (bytes: BufferSource) => {
      held = vi.getTimerCount();
      return Real.compile(bytes);
    };
    const { Autoencoder } = await libraryIn({
      ...Real,
      Memory: Real.Memory,
      Module: Real.Module,
      Instance: Real.Instance,
      compile,
    });
    await new Autoencoder(SMALL).encode(ROWS);
    expect([held, vi.getTimerCount()]).toEqual([1, 0]);
  } finally {
    vi.useRealTimers();
  }
});

describe('if an engine refuses, the error gives its reason', () => {
  const policy = /Content Security Policy.*'wasm-unsafe-eval'/;
  const cases: Record<string, [string, RegExp]> = {
    'the policy, in Chromium': [
      "WebAssembly.compile(): Compiling or instantiating WebAssembly module violates the following Content Security policy directive because neither 'wasm-eval' nor 'unsafe-eval' is an allowed source of script",
      policy,
    ],
    'the policy, in Firefox': ['call to WebAssembly.Module() blocked by CSP', policy],
    'the policy, in WebKit': [
      "Refused to create a WebAssembly object because 'unsafe-eval' or 'wasm-unsafe-eval' is not an allowed source of script",
      policy,
    ],
    'an edge runtime': [
      'WebAssembly.compile(): Wasm code generation disallowed by embedder',
      /not compile WebAssembly from bytes.*workerd or edge-light/,
    ],
    'something else': ['out of luck', /could not be started.*out of luck/],
  };

  test.each(Object.entries(cases))('%s', async (_, [message, said]) => {
    const error = new Error(message);
    const { Autoencoder } = await libraryIn(refusing(error));
    const ae = new Autoencoder(SMALL);
    expect(() => ae.encodeSync(ROWS)).toThrow(said);
    await expect(ae.encode(ROWS)).rejects.toThrow(said);
    await expect(ae.fit(SMALL_ROWS, { epochs: 1 })).rejects.toThrow(said);
    await expect(ae.fit(SMALL_ROWS, { epochs: 1 })).rejects.toMatchObject({ cause: error });
  });

  test('an engine without SIMD', async () => {
    const { Autoencoder } = await libraryIn({
      ...refusing(new Error('invalid opcode 0xfd')),
      validate: () => false,
    });
    await expect(new Autoencoder(SMALL).encode(ROWS)).rejects.toThrow(/no WebAssembly SIMD/);
  });

  test('an engine without WebAssembly', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    vi.resetModules();
    const { Autoencoder } = await import('../../../src/index.js');
    const ae = new Autoencoder({ ...SMALL, fastMath: true });
    expect(ae.fastMath).toBe(false);
    await expect(ae.encode(ROWS)).rejects.toThrow(/no WebAssembly.*--jitless/);
  });

  test('a machine without address space', async () => {
    const error = new RangeError('WebAssembly.Memory(): could not allocate memory');
    const { Autoencoder } = await libraryIn({
      ...Real,
      compile: Real.compile,
      Module: Real.Module,
      Memory: class {
        constructor() {
          throw error;
        }
      },
    });
    await expect(new Autoencoder(SMALL).encode(ROWS)).rejects.toMatchObject({
      message: expect.stringMatching(/no WebAssembly memory could be made \(.*could not allocate/),
      cause: error,
    });
  });
});
