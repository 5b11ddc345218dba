// The labs' program, compiled for this machine: what it answers is what the
// page must show.

import { spawn, spawnSync } from 'node:child_process';

/** A function that asks the program `file`, and gives its answer. */
export function native(file) {
  return (request) => {
    const run = spawnSync(file, { input: request, maxBuffer: 1 << 26 });
    if (run.status !== 0) {
      throw new Error(`${file}, asked "${request}": ${run.stderr ?? run.error}`);
    }
    return JSON.parse(run.stdout.toString());
  };
}

/** All answers to many requests, from two programs at a time: a process for
 * each request would take longer than most runs. */
export async function answers(file, requests) {
  const half = Math.ceil(requests.length / 2);
  const halves = [requests.slice(0, half), requests.slice(half)];
  return (await Promise.all(halves.map((part) => told(file, part)))).flat();
}

async function told(file, requests) {
  if (requests.length === 0) return [];
  const program = spawn(file, ['--many'], { stdio: ['pipe', 'pipe', 'inherit'] });
  program.stdin.end(requests.map((request) => `${request}\n`).join(''));
  const parts = [];
  for await (const part of program.stdout) parts.push(part);
  const lines = Buffer.concat(parts).toString().trimEnd().split('\n');
  if (lines.length !== requests.length) {
    throw new Error(`${file} broke off at "${requests[lines.length]}"`);
  }
  return lines.map((line) => JSON.parse(line));
}

/** The labs there are: the program names them when it is asked for none. */
export function labsOf(ask) {
  return ask('describe #v1;qqqqqqqq').error.split('there are ')[1].split(', ');
}
