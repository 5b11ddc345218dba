// What the labs' script says when something is in the way: each cause that can
// be told apart, its own words, and no other mend than its own.

import vm from 'node:vm';

import { numbers } from './settings.mjs';

/** The parts of the labs' script that find causes and mends. */
export function causesOf(script) {
  const worker = "if (typeof document === 'undefined') {";
  const exposed = script.replace(worker, () => `globalThis.found = { CAUSES, causeOf, Trouble, mends };\n${worker}`);
  const context = vm.createContext({ TextDecoder, location: {}, navigator: {} });
  vm.runInContext(exposed, context);
  return context.found;
}

const FINE = {
  folder: false, foreign: false, offline: false, wasm: true, vectors: true,
  unpacking: true, workers: true,
};
const bytes = (text) => [...text].map((c) => c.charCodeAt(0));
const GZIP = [0x1f, 0x8b, 8, 0];
const FAILED = { during: 'loading', name: 'TypeError', why: 'Failed to fetch' };

/** What is known of a failure, and the cause that it has. */
const KNOWN = [
  ['folder', { ...FAILED, here: { ...FINE, folder: true } }],
  ['folder', { ...FAILED, here: { ...FINE, folder: true, foreign: true, offline: true } }],
  ['frame', { ...FAILED, here: { ...FINE, foreign: true } }],
  ['frame', { ...FAILED, during: 'starting', name: 'SecurityError', here: { ...FINE, foreign: true } }],
  ['wasm', { here: { ...FINE, wasm: false, vectors: false } }],
  ['unpacking', { here: { ...FINE, unpacking: false } }],
  ['workers', { here: { ...FINE, workers: false } }],
  ['vectors', { during: 'compiling', name: 'CompileError', why: 'invalid value type', here: { ...FINE, vectors: false } }],
  ['wasmPolicy', { during: 'compiling', name: 'CompileError', why: 'violates the following Content Security policy directive', here: FINE }],
  ['wasmPolicy', { during: 'compiling', name: 'CompileError', why: 'call to WebAssembly.compile() blocked by CSP', here: FINE }],
  ['wasmPolicy', { during: 'running', name: 'CompileError', why: "'unsafe-eval' is not an allowed source", here: FINE }],
  ['filePolicy', { ...FAILED, policy: 'connect-src', here: FINE }],
  ['workerPolicy', { during: 'starting', policy: 'worker-src', here: FINE }],
  ['workerDenied', { during: 'starting', name: 'SecurityError', why: 'The operation is insecure.', here: FINE }],
  ['workerLost', { during: 'starting', here: FINE }],
  ['offline', { ...FAILED, here: { ...FINE, offline: true } }],
  ['unreachable', { ...FAILED, here: FINE }],
  ['unreachable', { ...FAILED, why: 'NetworkError when attempting to fetch resource.', here: FINE }],
  ['cut', { ...FAILED, why: 'network error', got: 70_000, here: FINE }],
  ['cut', { during: 'unpacking', name: 'TypeError', got: 70_000, head: GZIP, here: FINE }],
  ['cut', { during: 'unpacking', name: 'TypeError', here: FINE }],
  ['cut', { during: 'compiling', name: 'CompileError', got: 999, head: bytes('\0asm\u0001'), here: FINE }],
  ['login', { during: 'unpacking', name: 'TypeError', head: bytes('<!DOCTYPE html>'), here: FINE }],
  ['login', { during: 'unpacking', name: 'TypeError', head: bytes('\n  <html>'), here: FINE }],
  ['wrong', { during: 'compiling', name: 'CompileError', head: bytes('{"error": 1}'), here: FINE }],
  ['missing', { ...FAILED, status: 404, here: FINE }],
  ['missing', { ...FAILED, status: 404, here: { ...FINE, offline: true } }],
  ['missing', { ...FAILED, status: 410, here: FINE }],
  ...[401, 403, 407, 451, 511].map((status) => ['denied', { ...FAILED, status, here: FINE }]),
  ...[429, 500, 502, 503, 504].map((status) => ['busy', { ...FAILED, status, here: FINE }]),
  ...[400, 405, 418].map((status) => ['refused', { ...FAILED, status, here: FINE }]),
  ['cancelled', { ...FAILED, name: 'AbortError', here: FINE }],
  ['memory', { during: 'running', name: 'RangeError', why: 'WebAssembly.Memory(): could not allocate memory', here: FINE }],
  ['memory', { during: 'running', name: 'RuntimeError', why: 'unreachable', bytes: 2e9, here: FINE }],
  ['memory', { during: 'compiling', name: 'RangeError', why: 'Out of memory', here: FINE }],
  ['fault', { during: 'running', name: 'RuntimeError', why: 'unreachable', bytes: 1e7, here: FINE }],
];

/** Any failure at all. */
function anyFailure(draw) {
  const one = (all) => all[Math.floor(draw() * all.length)];
  const here = Object.fromEntries(Object.entries(FINE).map(([part, fine]) =>
    [part, draw() < 0.15 ? !fine : fine]));
  return {
    here,
    during: one(['loading', 'unpacking', 'compiling', 'starting', 'running']),
    name: one(['TypeError', 'AbortError', 'SecurityError', 'CompileError', 'RuntimeError', 'RangeError', undefined]),
    why: one(['Failed to fetch', 'unreachable', 'blocked by CSP', 'denied', 'x', undefined]),
    status: draw() < 0.3 ? 300 + Math.floor(300 * draw()) : undefined,
    policy: one(['connect-src', 'worker-src', 'script-src-elem', undefined]),
    got: draw() < 0.5 ? 0 : Math.floor(1e5 * draw()),
    head: draw() < 0.3 ? [] : Array.from({ length: 16 }, () => Math.floor(256 * draw())),
    bytes: draw() < 0.5 ? undefined : 4e9 * draw(),
  };
}

/** What must be so for a mend to be offered. */
const ONLY_IF = {
  offline: ({ here, status }) => here.offline && !status,
  folder: ({ here }) => here.folder,
  frame: ({ here }) => here.foreign,
  wasm: ({ here }) => !here.wasm,
  vectors: ({ here }) => !here.vectors,
  unpacking: ({ here }) => !here.unpacking,
  workers: ({ here }) => !here.workers,
  filePolicy: ({ policy }) => policy === 'connect-src',
  workerPolicy: ({ policy }) => policy === 'worker-src',
  wasmPolicy: ({ why }) => /CSP/.test(why),
  missing: ({ status }) => [404, 410].includes(status),
  denied: ({ status }) => status >= 400,
  busy: ({ status }) => status >= 429,
  refused: ({ status }) => Boolean(status),
  cancelled: ({ name }) => name === 'AbortError',
  memory: ({ name, bytes }) => name === 'RangeError' || bytes > 1e9,
};

/** What is wrong with what the script says. */
export function wrongCauses(script) {
  const { CAUSES, causeOf, Trouble } = causesOf(script);
  const found = [];
  for (const [cause, facts] of KNOWN) {
    const named = causeOf(facts);
    if (named !== cause) found.push(`${JSON.stringify(facts)}: ${named}, not ${cause}`);
  }
  const tried = new Set(KNOWN.map(([cause]) => cause));
  const untried = Object.keys(CAUSES).filter((cause) => !tried.has(cause));
  if (untried.length) found.push(`never tried: ${untried}`);
  const mends = Object.values(CAUSES).map(([, mend]) => mend);
  const twice = mends.filter((mend, i) => mends.indexOf(mend) !== i);
  if (twice.length) found.push(`the mend of two causes: ${twice}`);
  const draw = numbers(8);
  for (let i = 0; i < 5000; i += 1) {
    const facts = anyFailure(draw);
    const { cause, message } = new Trouble(facts);
    const what = `${JSON.stringify(facts)}: ${cause}`;
    if (!message.endsWith(CAUSES[cause][1])) found.push(`${what} without its mend`);
    if (/undefined|NaN|\[object/.test(message)) found.push(`${what} says "${message}"`);
    if (ONLY_IF[cause]?.(facts) === false) found.push(`${what} is not so`);
    if (['missing', 'denied', 'busy', 'refused'].includes(cause) && !message.includes(facts.status)) {
      found.push(`${what} without the status`);
    }
    if (found.length > 8) break;
  }
  return found;
}
