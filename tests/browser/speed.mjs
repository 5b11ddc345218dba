// Measures how fast the bench trains in Chromium, against the code of
// TensorFlow Playground in the same browser: its default network (2-8-8-1,
// tanh), 250 points, batches of 10; both also take the loss of these points
// after each epoch, which is what both call a step. Playground takes that of
// 250 test points, too: the second ratio is against all of its step.
//
//   node speed.mjs SITE PLAYGROUND
//
// PLAYGROUND is a folder with nn.js, the module that `tsc --target es2020
// --module es2020 src/nn.ts` makes of https://github.com/tensorflow/playground.
// It is a benchmark and no test: it prints ratios.

import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { chromium } from 'playwright-core';

import { serve } from './server.mjs';

const [site, playground] = process.argv.slice(2);
if (!playground) {
  console.error('usage: node speed.mjs SITE PLAYGROUND');
  process.exit(2);
}

const LINK =
  '#v1;bench;data=circles;samples=250;noise=0;depth=2;width=8;' +
  'activation=tanh;batch=10;lr=0.03;epochs=2000';

/** Epochs a second of Playground's code; `tests` are points that are only
 * looked at. */
async function playgrounds([source, tests]) {
  const address = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const nn = await import(address);
  const drawn = (count) => Array.from({ length: count }, (_, i) => {
    const [t, r] = [i * 2.4, i % 2 ? 0.5 : 1];
    return { x: r * Math.cos(t), y: r * Math.sin(t), label: i % 2 ? 1 : -1 };
  });
  const [train, test] = [drawn(250), drawn(tests)];
  const { TANH } = nn.Activations;
  const network = nn.buildNetwork([2, 8, 8, 1], TANH, TANH, null, ['x', 'y'], false);
  const { SQUARE } = nn.Errors;
  const loss = (points) => points.reduce((sum, { x, y, label }) =>
    sum + SQUARE.error(nn.forwardProp(network, [x, y]), label), 0) / points.length;
  const epoch = () => {
    train.forEach(({ x, y, label }, i) => {
      nn.forwardProp(network, [x, y]);
      nn.backProp(network, label, SQUARE);
      if ((i + 1) % 10 === 0) nn.updateWeights(network, 0.03, 0);
    });
    return loss(train) + (tests && loss(test));
  };
  // A compiler warms to its task.
  for (let i = 0; i < 200; i += 1) epoch();
  const began = performance.now();
  let epochs = 0;
  for (; performance.now() - began < 2000; epochs += 1) epoch();
  return (1000 * epochs) / (performance.now() - began);
}

/** Epochs a second of the bench, in the worker of the page. */
async function benchs(link) {
  const { wasm } = document.querySelector('.lab').dataset;
  const script = document.querySelector('script[src*="/lab-"], script[src^="lab-"]');
  const worker = new Worker(script.src);
  const ask = (request) => new Promise((heard) => {
    worker.onmessage = ({ data }) => data.answer && heard(data.answer);
    worker.postMessage({ request });
  });
  const unpacking = new DecompressionStream('gzip');
  const program = (await fetch(wasm)).body.pipeThrough(unpacking);
  const bytes = await new Response(program).arrayBuffer();
  worker.postMessage({ load: { module: await WebAssembly.compile(bytes) } });
  await ask(`start ${link}`);
  await ask('advance 500');
  const began = performance.now();
  let epochs = 0;
  while (performance.now() - began < 2000) {
    const { over } = await ask('advance 100');
    epochs += 100;
    if (over) await ask(`start ${link}`);
  }
  worker.terminate();
  return (1000 * epochs) / (performance.now() - began);
}

const source = await readFile(path.join(playground, 'nn.js'), 'utf8');
const { address, close } = await serve(path.resolve(site));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
});
const page = await browser.newPage();
await page.goto(`${address}bench.html`);
// By turns, so that whatever else the machine does meets each.
for (let round = 0; round < 5; round += 1) {
  const own = await page.evaluate(benchs, LINK);
  const train = await page.evaluate(playgrounds, [source, 0]);
  const all = await page.evaluate(playgrounds, [source, 250]);
  const rates = [own, train, all].map((rate) => rate.toFixed(0));
  const ratios = [own / train, own / all].map((ratio) => ratio.toFixed(1));
  console.log(
    `epochs a second: ${rates[0]}; Playground ${rates[1]}, with its test loss ` +
    `${rates[2]}: ${ratios[0]} and ${ratios[1]} times`,
  );
}
await browser.close();
await close();
