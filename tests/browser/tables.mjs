// Asks the bench's WebAssembly program, by the code of the page's own worker,
// and the command what becomes of tables as people have them, and compares both
// with what the program of this machine says: code/lab/tests/tables.json, which
// `cargo test` keeps.
//
//   node tables.mjs FOLDER PRESS
//
// FOLDER has the labs' programs. PRESS is the command of the book, compiled.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import vm from 'node:vm';
import { gunzipSync } from 'node:zlib';

const [folder, press] = process.argv.slice(2).map((file) => path.resolve(file));
if (!press) {
  console.error('usage: node tables.mjs FOLDER PRESS');
  process.exit(2);
}
const here = (file) => new URL(file, import.meta.url);
const tables = JSON.parse(readFileSync(here('../../code/lab/tests/tables.json')));

/** The bytes of a table. */
function bytesOf({ bytes, repeated, times }) {
  return Buffer.from(bytes ?? repeated.repeat(times), 'latin1');
}

// Without a document the labs' script is a worker.
let heard;
globalThis.onmessage = undefined;
globalThis.postMessage = ({ answer }) => answer && heard(answer);
const script = here('../../theme/js/lab.js');
vm.runInThisContext(readFileSync(script, 'utf8'), { filename: script.pathname });
const program = gunzipSync(readFileSync(path.join(folder, 'bench.wasm.gz')));
const module = await WebAssembly.compile(program);
globalThis.onmessage({ data: { load: { module, lent: '' } } });

/** What the page is answered. */
function paged({ file, taking }) {
  const request = Buffer.concat([Buffer.from(`read ${taking}\n`), bytesOf(file)]);
  return new Promise((done) => {
    heard = done;
    globalThis.onmessage({ data: { request: new Uint8Array(request) } });
  });
}

/** What the command says: how it read the table, or why it could not. */
async function told({ file, taking }) {
  const scratch = mkdtempSync(path.join(tmpdir(), 'table-'));
  const place = path.join(scratch, 'own.csv');
  writeFileSync(place, bytesOf(file));
  const flags = taking.split(';').filter(Boolean).map((flag) => `--${flag}`);
  const run = ['run', 'bench', '--set', 'epochs=1', '--set', 'depth=0'];
  const command = spawn(press, [...run, '--data', place, ...flags]);
  const parts = [];
  command.stderr.on('data', (part) => parts.push(part));
  command.stdout.resume();
  await new Promise((done) => command.on('close', done));
  rmSync(scratch, { recursive: true });
  return Buffer.concat(parts).toString().replaceAll(`${place}: `, '');
}

/** What differs from what was expected. */
function differing(table, answer, words) {
  const wrong = [];
  const { error, notes } = table.answer;
  if (JSON.stringify(sorted(answer)) !== JSON.stringify(sorted(table.answer))) {
    wrong.push(`the page: ${JSON.stringify(answer).slice(0, 300)}`);
  }
  for (const line of error ? [error] : notes) {
    if (!words.includes(line)) wrong.push(`the command: ${words.slice(0, 300)}`);
  }
  return wrong;
}

const sorted = (answer) => Object.entries(answer).sort(([a], [b]) => (a < b ? -1 : 1));

let failed = 0;
for (const table of tables) {
  const found = differing(table, await paged(table), await told(table));
  if (found.length === 0) continue;
  failed += 1;
  console.log([table.name, JSON.stringify(table.answer).slice(0, 300), ...found].join('\n    '));
}

// The comparison itself: another word, another point and another error differ.
const [read, refused] = [
  tables.find(({ answer }) => answer.points),
  tables.find(({ answer }) => answer.error),
];
const broken = [
  [read, { points: `${read.answer.points}_0,0,0` }],
  [read, { notes: [...read.answer.notes, 'another'] }],
  [refused, { error: `${refused.answer.error}!` }],
];
for (const [table, change] of broken) {
  const other = { ...table, answer: { ...table.answer, ...change } };
  if (differing(other, await paged(table), await told(table)).length) continue;
  failed += 1;
  console.log(`another ${Object.keys(change)} is not told apart`);
}
console.log(`${tables.length} tables in the page and by the command, ${failed} wrong`);
process.exitCode = failed === 0 ? 0 : 1;
