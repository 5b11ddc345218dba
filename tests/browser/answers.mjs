// Asks the lab's program the same questions natively and as WebAssembly, and
// compares the whole answers: figures, facts, claims, digests and errors. The
// WebAssembly runs in Node, by the code of the page's own worker.
//
//   node answers.mjs NATIVE WASM [--random N]
//
// Every lab is asked for its run at the book's settings and for N runs at
// random ones; settings.mjs says which.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import vm from 'node:vm';

import { labsOf, native } from './native.mjs';
import { randomLinks } from './settings.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { random: { type: 'string', default: '3' } },
});
if (positionals.length !== 2) {
  console.error('usage: node answers.mjs NATIVE WASM [--random N]');
  process.exit(2);
}
const ask = native(positionals[0]);
const module = await WebAssembly.compile(readFileSync(positionals[1]));

// Without a document the labs' script is a worker.
let said;
globalThis.onmessage = undefined;
globalThis.postMessage = (message) => (said = message.answer ?? said);
const script = new URL('../../theme/js/lab.js', import.meta.url);
vm.runInThisContext(readFileSync(script, 'utf8'), { filename: script.pathname });

function asked(request) {
  globalThis.onmessage({ data: { module, request } });
  return said;
}

let wrong = 0;

/** The native answer, once the other has been found to be the same. */
function compared(request) {
  const [here, there] = [ask(request), asked(request)];
  const parts = new Set([...Object.keys(here), ...Object.keys(there)]);
  const unequal = [...parts].filter(
    (part) => JSON.stringify(here[part]) !== JSON.stringify(there[part]),
  );
  if (unequal.length > 0) {
    wrong += 1;
    console.log(`${request}\n    differs in ${unequal.join(', ')}`);
  }
  return here;
}

const labs = labsOf(ask);
let runs = 0;
for (const id of labs) {
  const { fields } = compared(`describe #v1;${id}`);
  const random = randomLinks(id, fields, Number(values.random));
  const answers = [`#v1;${id}`, ...random].map((l) => compared(`run ${l}`));
  const failed = answers.filter(({ error }) => error).length;
  const told = failed ? `, ${failed} of them without a result` : '';
  console.log(`${id}: ${answers.length} runs${told}`);
  runs += answers.length;
}
compared('run #v1;cliff;seed=<b>');

// The comparison itself: another run is another answer.
const [five, six] = [5, 6].map((n) => `run #v1;tent;layers=${n}`);
if (ask(five).digest === asked(six).digest) {
  console.log('two different runs were not told apart');
  wrong += 1;
}
console.log(`${runs} runs of ${labs.length} labs, ${wrong} wrong`);
process.exitCode = wrong === 0 ? 0 : 1;
