// Measures how fast the bench trains in Chromium, against the code of
// TensorFlow Playground in the same page: the same network (2-8-8-1, tanh),
// as many points, the same batch; both also take the loss of all points after
// each epoch, as both show it.
//
//   node speed.mjs SITE PLAYGROUND
//
// PLAYGROUND is a folder with nn.js, the module that `tsc --target es2020
// --module es2020 src/nn.ts` makes of https://github.com/tensorflow/playground.
// It is a benchmark, not a test: it prints a ratio.

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

const theirs = await readFile(path.join(playground, 'nn.js'), 'utf8');
const { address, close } = await serve(path.resolve(site));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
});
const page = await browser.newPage();
await page.goto(`${address}bench.html`);

/** Epochs per second of Playground's code. */
const playgrounds = (source) =>
  page.evaluate(async (source) => {
    const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
    const nn = await import(url);
    const points = Array.from({ length: 250 }, (_, i) => {
      const [t, r] = [i * 2.4, i % 2 ? 0.5 : 1];
      return { x: r * Math.cos(t), y: r * Math.sin(t), label: i % 2 ? 1 : -1 };
    });
    const network = nn.buildNetwork(
      [2, 8, 8, 1], nn.Activations.TANH, nn.Activations.TANH, null, ['x', 'y'], false,
    );
    const epoch = () => {
      points.forEach((point, i) => {
        nn.forwardProp(network, [point.x, point.y]);
        nn.backProp(network, point.label, nn.Errors.SQUARE);
        if ((i + 1) % 10 === 0) nn.updateWeights(network, 0.03, 0);
      });
      let loss = 0;
      for (const { x, y, label } of points) {
        loss += nn.Errors.SQUARE.error(nn.forwardProp(network, [x, y]), label);
      }
      return loss / points.length;
    };
    // The compiler warms to its task.
    for (let i = 0; i < 100; i += 1) epoch();
    const began = performance.now();
    let epochs = 0;
    for (; performance.now() - began < 2000; epochs += 1) epoch();
    return (1000 * epochs) / (performance.now() - began);
  }, source);

/** Epochs per second of the bench, in its worker. */
const ours = (link) =>
  page.evaluate(async (link) => {
    const { wasm } = document.querySelector('.lab').dataset;
    const script = document.querySelector('script[src*="/lab-"], script[src^="lab-"], script[src*="lab"]').src;
    const bytes = await (await fetch(wasm)).arrayBuffer();
    const module = await WebAssembly.compile(bytes);
    const memory = [];
    // The program itself, without the page around it.
    let request = '';
    let read = 0;
    let answer = '';
    let exports;
    const each = ([list, length, sum], use) => {
      const view = new DataView(exports.memory.buffer);
      let all = 0;
      for (let i = 0; i < length; i += 1) {
        const at = view.getUint32(list + 8 * i, true);
        const size = view.getUint32(list + 8 * i + 4, true);
        all += use(new Uint8Array(exports.memory.buffer, at, size));
      }
      view.setUint32(sum, all, true);
      return 0;
    };
    const calls = {
      fd_read: (_, ...rest) => each(rest, (part) => {
        const next = new TextEncoder().encode(request).subarray(read).slice(0, part.length);
        part.set(next);
        read += next.length;
        return next.length;
      }),
      fd_write: (file, ...rest) => each(rest, (part) => {
        if (file === 1) answer += new TextDecoder().decode(part.slice());
        return part.length;
      }),
    };
    const imports = new Proxy({}, {
      get: (_, name) => calls[name] ?? ((count, size) => {
        if (name === 'environ_sizes_get') {
          const view = new DataView(exports.memory.buffer);
          view.setUint32(count, 0, true);
          view.setUint32(size, 0, true);
        }
        return 0;
      }),
      has: () => true,
    });
    ({ exports } = new WebAssembly.Instance(module, { wasi_snapshot_preview1: imports }));
    exports._initialize?.();
    const ask = (text) => {
      [request, read, answer] = [text, 0, ''];
      exports.answer();
      return JSON.parse(answer);
    };
    ask(`start ${link}`);
    ask('advance 100');
    const began = performance.now();
    let epochs = 0;
    while (performance.now() - began < 2000) {
      const { over } = ask('advance 20');
      epochs += 20;
      if (over) ask(`start ${link}`);
    }
    return (1000 * epochs) / (performance.now() - began);
  }, link);

// Alternately, so that whatever else the machine does meets both.
const rates = [];
for (let round = 0; round < 3; round += 1) {
  rates.push([await ours(LINK), await playgrounds(theirs)]);
}
for (const [own, other] of rates) {
  const ratio = (own / other).toFixed(1);
  console.log(`${own.toFixed(0)} and ${other.toFixed(0)} epochs a second: ${ratio} times`);
}
await browser.close();
await close();
