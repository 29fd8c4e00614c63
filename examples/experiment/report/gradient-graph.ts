// The computation of the loss's gradient, drawn as by torchviz (https://github.com/szagoruyko/pytorchviz):
// from the parameters through the backward operations, with PyTorch's names for them, down to the tensors
// whose gradients were requested.

import { Graphviz } from '@hpcc-js/wasm-graphviz';
import type { Loss } from '../../../dist/index.js';
import type { Layer } from '../../../dist/model/network.js';
import { asFigure } from './svg.js';

export interface GraphNode {
  id: string;
  label: string;
  kind: 'parameter' | 'operation' | 'result';
}

export interface Graph {
  nodes: GraphNode[];
  /** Pairs of ids: from and to. */
  edges: [string, string][];
}

const ACTIVATION_BACKWARD: Partial<Record<Layer['activation'], string>> = {
  relu: 'ReluBackward0',
  leakyRelu: 'LeakyReluBackward0',
  elu: 'EluBackward0',
  tanh: 'TanhBackward0',
  sigmoid: 'SigmoidBackward0',
  softplus: 'SoftplusBackward0',
  silu: 'SiluBackward0',
  gelu: 'GeluBackward0',
};

/** In the order of the forward pass; torch.nn.functional.l1_loss is three operations. */
const LOSS_BACKWARD: Record<Loss, string[]> = {
  mse: ['MseLossBackward0'],
  bce: ['BinaryCrossEntropyBackward0'],
  mae: ['SubBackward0', 'AbsBackward0', 'MeanBackward0'],
  huber: ['HuberLossBackward0'],
  logcosh: ['SubBackward0', 'CoshBackward0', 'LogBackward0', 'MeanBackward0'],
};

/** The graph for any layer plan: torch.nn.Linear is an addmm of the bias, the input and W transposed. */
export function gradientGraph(
  layers: readonly Layer[],
  { loss, batchSize }: { loss: Loss; batchSize: number },
): Graph {
  const graph: Graph = { nodes: [], edges: [] };
  const add = (kind: GraphNode['kind'], id: string, label: string, from: string[] = []) => {
    graph.nodes.push({ id, label, kind });
    for (const other of from) graph.edges.push([other, id]);
    return id;
  };
  /** Adds a parameter, and the operation that accumulates its gradient over a batch. */
  const parameter = (name: string, shape: string) => {
    const id = add('parameter', name, `${name}\n(${shape})`);
    return add('operation', `${name} accumulate`, 'AccumulateGrad', [id]);
  };

  // The images need no gradient, so nothing comes before the first layer.
  let last: string[] = [];
  layers.forEach((layer, i) => {
    const { name, inputs, outputs, activation } = layer;
    const bias = parameter(`${name}.bias`, `${outputs}`);
    // Tied weights are those of the mirrored layer, transposed once more.
    const mirrored = layer.isTied ? layers[layers.length - 1 - i] : undefined;
    const weight = mirrored
      ? add('operation', `${name} mirrored`, 'TBackward0', [`${mirrored.name}.weight accumulate`])
      : parameter(`${name}.weight`, `${outputs}, ${inputs}`);
    const transposed = add('operation', `${name} t`, 'TBackward0', [weight]);
    const from = [bias, ...last, transposed];
    last = [add('operation', `${name} addmm`, 'AddmmBackward0', from)];
    const backward = ACTIVATION_BACKWARD[activation];
    if (backward) last = [add('operation', `${name} ${activation}`, backward, last)];
  });
  const width = layers.at(-1)?.outputs;
  add('result', 'output', `output\n(${batchSize}, ${width})`, last);
  for (const backward of LOSS_BACKWARD[loss]) {
    last = [add('operation', backward, backward, last)];
  }
  add('result', 'loss', 'loss\n()', last);
  return graph;
}

/** The graph in Graphviz's language, with torchviz's shapes and colours. */
export function toDot({ nodes, edges }: Graph): string {
  const colours = { parameter: 'lightblue', operation: 'lightgrey', result: 'darkolivegreen1' };
  return [
    'digraph {',
    'graph [bgcolor=transparent, ranksep=0.25, nodesep=0.2]',
    // Courier is the only monospaced font whose widths Graphviz knows by itself.
    'node [style=filled, shape=box, fontname=Courier, fontsize=10, height=0.2]',
    'edge [arrowsize=0.6]',
    ...nodes.map(
      ({ id, label, kind }) =>
        `${quote(id)} [label=${quote(label)}, class=${kind}, fillcolor=${colours[kind]}]`,
    ),
    ...edges.map(([from, to]) => `${quote(from)} -> ${quote(to)}`),
    '}',
  ].join('\n');
}

/** Returns the graph as SVG, laid out by Graphviz. */
export async function drawGraph(graph: Graph): Promise<string> {
  const graphviz = await Graphviz.load();
  const file = graphviz.dot(toDot(graph));
  // Without the XML declaration and Graphviz's comments.
  const svg = file.slice(file.indexOf('<svg')).replace(/<!--.*?-->\n?/gs, '');
  return asFigure(svg.trim());
}

function quote(text: string): string {
  return JSON.stringify(text);
}
