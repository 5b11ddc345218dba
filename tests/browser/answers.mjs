// Asks the labs' programs the same questions natively and as WebAssembly, and
// compares the whole answers: figures, facts, claims, digests and errors. The
// WebAssembly runs in Node, by the code of the page's own worker.
//
//   node answers.mjs NATIVE FOLDER [--random N]
//
// FOLDER has a program for each lab, and the file that one of them borrows.
// Every lab is asked for its run at the book's settings and for N runs at
// random ones; settings.mjs says which.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import vm from 'node:vm';
import { gunzipSync } from 'node:zlib';

import { answers, labsOf, native } from './native.mjs';
import { randomLinks } from './settings.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { random: { type: 'string', default: '3' } },
});
if (positionals.length !== 2) {
  console.error('usage: node answers.mjs NATIVE FOLDER [--random N]');
  process.exit(2);
}
const [door, folder] = positionals;
const ask = native(door);

// Without a document the labs' script is a worker.
let heard;
globalThis.onmessage = undefined;
globalThis.postMessage = ({ answer }) => answer && heard(answer);
const script = new URL('../../theme/js/lab.js', import.meta.url);
vm.runInThisContext(readFileSync(script, 'utf8'), { filename: script.pathname });

/** The worker, with the program of this lab. */
async function loaded(id) {
  const file = path.join(folder, `${id}.wasm.gz`);
  const module = await WebAssembly.compile(gunzipSync(readFileSync(file)));
  const packed = readFileSync(path.join(folder, 'digits.csv.gz'), 'base64');
  const lent = `data:application/gzip;base64,${packed}`;
  globalThis.onmessage({ data: { load: { module, lent } } });
}

const asked = (request) =>
  new Promise((done) => {
    heard = done;
    globalThis.onmessage({ data: { request } });
  });

let wrong = 0;

/** The native answers, once the others have been found to be the same. */
async function compared(requests) {
  const all = await answers(door, requests);
  for (const [i, request] of requests.entries()) {
    const [here, there] = [all[i], await asked(request)];
    const parts = new Set([...Object.keys(here), ...Object.keys(there)]);
    const unequal = [...parts].filter(
      (part) => JSON.stringify(here[part]) !== JSON.stringify(there[part]),
    );
    if (unequal.length > 0) {
      wrong += 1;
      console.log(`${request}\n    differs in ${unequal.join(', ')}`);
    }
  }
  return all;
}

const labs = labsOf(ask);
let runs = 0;
for (const id of labs) {
  await loaded(id);
  const [{ fields }] = await compared([`describe #v1;${id}`]);
  const random = randomLinks(id, fields, Number(values.random));
  const links = [`#v1;${id}`, ...random];
  const found = await compared(links.map((link) => `run ${link}`));
  const failed = found.filter(({ error }) => error).length;
  const told = failed ? `, ${failed} of them without a result` : '';
  console.log(`${id}: ${found.length} runs${told}`);
  await compared([`run #v1;${id};seed=<b>`, `run #v1;${id};nonsense=1`]);
  runs += found.length;
}

// The comparison itself: another run is another answer.
await loaded('tent');
const [five, six] = [5, 6].map((n) => `run #v1;tent;layers=${n}`);
if (ask(five).digest === (await asked(six)).digest) {
  console.log('two different runs were not told apart');
  wrong += 1;
}
console.log(`${runs} runs of ${labs.length} labs, ${wrong} wrong`);
process.exitCode = wrong === 0 ? 0 : 1;
