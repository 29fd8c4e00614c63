import { Graphviz } from '@hpcc-js/wasm-graphviz';
import { describe, expect, test } from 'vitest';
import type { AutoencoderOptions, Loss } from '../../../dist/index.js';
import {
  drawGraph,
  gradientGraph,
  toDot,
} from '../../../examples/experiment/report/gradient-graph.js';
import { layerPlan } from '../../../examples/experiment/report/plan.js';

function graphOf(options: AutoencoderOptions, loss: Loss = 'mse', batchSize = 64) {
  return gradientGraph(layerPlan(options), { loss, batchSize });
}

/** The edges, with the labels of the nodes in place of their ids. */
function edgesOf({ nodes, edges }: ReturnType<typeof gradientGraph>): string[] {
  const label = (id: string) => nodes.find((node) => node.id === id)?.label.replace('\n', ' ');
  return edges.map(([from, to]) => `${label(from)} > ${label(to)}`);
}

describe('the graph of the gradient', () => {
  test("of the paper's network is the same as torchviz's", () => {
    const graph = graphOf({
      layers: [784, 64],
      activation: 'relu',
      codeActivation: 'relu',
      outputActivation: 'relu',
    });
    expect(edgesOf(graph)).toEqual([
      'encoder.0.bias (64) > AccumulateGrad',
      'encoder.0.weight (64, 784) > AccumulateGrad',
      'AccumulateGrad > TBackward0',
      'AccumulateGrad > AddmmBackward0',
      'TBackward0 > AddmmBackward0',
      'AddmmBackward0 > ReluBackward0',
      'decoder.0.bias (784) > AccumulateGrad',
      'decoder.0.weight (784, 64) > AccumulateGrad',
      'AccumulateGrad > TBackward0',
      'AccumulateGrad > AddmmBackward0',
      'ReluBackward0 > AddmmBackward0',
      'TBackward0 > AddmmBackward0',
      'AddmmBackward0 > ReluBackward0',
      'ReluBackward0 > output (64, 784)',
      'ReluBackward0 > MseLossBackward0',
      'MseLossBackward0 > loss ()',
    ]);
    const kinds = (kind: string) => graph.nodes.filter((node) => node.kind === kind).length;
    expect([kinds('parameter'), kinds('operation'), kinds('result')]).toEqual([4, 11, 2]);
  });

  test("of three encoder layers is a chain of six layers, with the network's names and activations", () => {
    const { nodes, edges } = graphOf(
      { layers: [20, 12, 8, 3], activation: 'tanh', codeActivation: 'linear' },
      'bce',
      5,
    );
    const labels = (kind: string) =>
      nodes.filter((node) => node.kind === kind).map(({ label }) => label.replace('\n', ' '));
    expect(labels('parameter')).toEqual([
      ...['encoder.0.bias (12)', 'encoder.0.weight (12, 20)'],
      ...['encoder.1.bias (8)', 'encoder.1.weight (8, 12)'],
      ...['encoder.2.bias (3)', 'encoder.2.weight (3, 8)'],
      ...['decoder.0.bias (8)', 'decoder.0.weight (8, 3)'],
      ...['decoder.1.bias (12)', 'decoder.1.weight (12, 8)'],
      ...['decoder.2.bias (20)', 'decoder.2.weight (20, 12)'],
    ]);
    expect(labels('result')).toEqual(['output (5, 20)', 'loss ()']);

    // Follows the graph back from the loss, along the only path without parameters.
    const label = (id: string) => nodes.find((node) => node.id === id)?.label as string;
    const chain: string[] = [];
    for (let at = 'loss'; ; ) {
      const before = edges.filter(([, to]) => to === at).map(([from]) => from);
      const next = before.find((id) => !['AccumulateGrad', 'TBackward0'].includes(label(id)));
      if (!next) break;
      chain.push(label(next));
      at = next;
    }
    const [linear, tanh] = ['AddmmBackward0', 'TanhBackward0'];
    expect(chain.reverse()).toEqual([
      ...[linear, tanh, linear, tanh, linear],
      ...[linear, tanh, linear, tanh, linear, 'SigmoidBackward0', 'BinaryCrossEntropyBackward0'],
    ]);
    // Each of the six has a bias, a transposed weight and, except for the first, the previous operation as
    // input.
    const inputs = nodes
      .filter((node) => node.label === linear)
      .map(({ id }) => edges.filter(([, to]) => to === id).map(([from]) => label(from)));
    expect(inputs.map((from) => from.length)).toEqual([2, 3, 3, 3, 3, 3]);
    expect(inputs.map((from) => [from[0], from.at(-1)])).toEqual(
      inputs.map(() => ['AccumulateGrad', 'TBackward0']),
    );
  });

  test.each([
    ['leakyRelu', 'LeakyReluBackward0'],
    ['elu', 'EluBackward0'],
    ['sigmoid', 'SigmoidBackward0'],
    ['softplus', 'SoftplusBackward0'],
    ['silu', 'SiluBackward0'],
    ['gelu', 'GeluBackward0'],
  ] as const)('names the derivative of %s', (activation, name) => {
    const { nodes } = graphOf({
      layers: [4, 2],
      codeActivation: activation,
      outputActivation: 'linear',
    });
    expect(nodes.filter(({ label }) => label === name)).toHaveLength(1);
  });

  test('of tied weights connects one parameter to a layer and its mirror image', () => {
    const edges = edgesOf(graphOf({ layers: [6, 4, 2], tied: true, outputActivation: 'linear' }));
    const of = (start: string) => edges.filter((edge) => edge.startsWith(start));
    expect(edges.filter((edge) => edge.includes('.weight'))).toEqual([
      'encoder.0.weight (4, 6) > AccumulateGrad',
      'encoder.1.weight (2, 4) > AccumulateGrad',
    ]);
    // Four biases; two weights, each transposed for its layer and for its mirror image, where it is
    // transposed twice.
    expect(of('AccumulateGrad > AddmmBackward0')).toHaveLength(4);
    expect(of('AccumulateGrad > TBackward0')).toHaveLength(4);
    expect(of('TBackward0 > TBackward0')).toHaveLength(2);
    expect(of('TBackward0 > AddmmBackward0')).toHaveLength(4);
  });

  test.each([
    ['mae', ['SubBackward0', 'AbsBackward0', 'MeanBackward0']],
    ['huber', ['HuberLossBackward0']],
    ['logcosh', ['SubBackward0', 'CoshBackward0', 'LogBackward0', 'MeanBackward0']],
  ] as const)('ends with the operations of %s', (loss, names) => {
    const edges = edgesOf(graphOf({ layers: [4, 2], outputActivation: 'linear' }, loss));
    const chain = ['AddmmBackward0', ...names, 'loss ()'];
    expect(edges.slice(-names.length - 1)).toEqual(
      chain.slice(1).map((name, i) => `${chain[i]} > ${name}`),
    );
  });

  test('is drawn by Graphviz with all nodes and edges, coloured by kind', async () => {
    const graph = graphOf({ layers: [20, 12, 8, 3] });
    const graphviz = await Graphviz.load();
    // The graph as Graphviz reads it.
    const read = JSON.parse(graphviz.layout(toDot(graph), 'json', 'dot')) as {
      objects: { name: string; label: string; fillcolor: string }[];
      edges: { tail: number; head: number }[];
    };
    const colours = { parameter: 'lightblue', operation: 'lightgrey', result: 'darkolivegreen1' };
    expect(read.objects.map(({ name, fillcolor }) => [name, fillcolor])).toEqual(
      graph.nodes.map(({ id, kind }) => [id, colours[kind]]),
    );
    expect(
      read.edges
        .map(({ tail, head }) => [read.objects[tail]?.name, read.objects[head]?.name])
        .sort(),
    ).toEqual(graph.edges.map((edge) => [...edge]).sort());

    const svg = await drawGraph(graph);
    expect(svg.match(/class="node parameter"/g)).toHaveLength(12);
    expect(svg.match(/class="edge"/g)).toHaveLength(graph.edges.length);
    expect(svg).toContain('>encoder.1.weight</text>');
    expect(svg).toContain('>(8, 12)</text>');
  });
});
