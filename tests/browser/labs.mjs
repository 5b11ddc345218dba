// Uses every lab of a built site as a reader does, in Chromium, and fails if
// one does not do what it should.
//
//   node labs.mjs SITE NATIVE [--random N] [--only LAB] [--check WORDS]
//   node labs.mjs SITE NATIVE --self-test [--check WORDS]
//   node labs.mjs SITE NATIVE --measure [--only LAB]
//
// NATIVE is the lab's program, compiled for this machine: what it answers is
// what the page must show. --random compares the digests of N runs of each lab
// at random settings, too. --self-test breaks the labs' script, once for each
// check, which must then fail and say what it has found. --check takes only the
// checks that begin with these words. --measure prints how
// long a reader waits for the first curve of a run, and how quick the film is of
// a lab that can be watched. It fails only where a lab is far from what it
// should be: times depend on the machine, so no test of CI is one.

import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { chromium } from 'playwright-core';

import { causesOf, wrongCauses } from './causes.mjs';
import { wrongMends } from './mends.mjs';
import { answers, native } from './native.mjs';
import { pagesOf, serve } from './server.mjs';
import { numbers, randomLinks } from './settings.mjs';
import { BROKEN, CHECKS, checksFor, use } from './uses.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    check: { type: 'string', default: '' },
    random: { type: 'string', default: '0' },
    'self-test': { type: 'boolean' },
    measure: { type: 'boolean' },
  },
});
if (positionals.length !== 2) {
  console.error('usage: node labs.mjs SITE NATIVE [--random N] [--self-test] [--measure]');
  process.exit(2);
}
const [site, door] = positionals.map((file) => path.resolve(file));
const ask = native(door);

/** Every lab of the site: its page and what it is. */
async function labsOf(site) {
  const labs = [];
  for (const name of await pagesOf(site)) {
    if (name === 'print.html') continue;
    const html = await readFile(path.join(site, name), 'utf8');
    const found = html.matchAll(/data-lab="([^"]+)" data-start="([^"]+)" data-wasm="([^"?]+)/g);
    for (const [, id, start, wasm] of found) {
      const { step, fields } = ask(`describe ${start}`);
      const { all } = ask(`start ${start}`);
      const points = fields.some(({ kind }) => kind === 'points');
      const file = path.join(site, path.dirname(name), wasm);
      labs.push({ name, id, start, step, all, fields, live: step !== '', points, file });
    }
  }
  return labs;
}

/** A page in a profile of its own, and what goes wrong on it. `changes` are
 * made to the labs' script, each [what is there once, what comes instead]. */
async function opened(browser, options, changes) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('dialog', (dialog) => (errors.push('a dialogue'), dialog.dismiss()));
  const changed = async (route) => {
    const response = await route.fetch();
    let script = await response.text();
    for (const [cut, put] of changes) {
      if (script.split(cut).length !== 2) errors.push(`not once: ${cut}`);
      script = script.replace(cut, () => put);
    }
    await route.fulfill({ response, body: script });
  };
  // A page that is left meanwhile no longer wants it.
  await context.route('**/lab-*.js', (route) =>
    changed(route).catch((error) => errors.push(`the script: ${error.message}`)));
  await page.addInitScript(() => {
    // A colour that is still changing has no contrast yet.
    const still = new CSSStyleSheet();
    still.replaceSync('*, ::before, ::after { transition: none !important }');
    document.adoptedStyleSheets.push(still);
    // The files that have an address.
    window.urls = new Set();
    const { createObjectURL, revokeObjectURL } = URL;
    URL.createObjectURL = (file) => {
      const url = createObjectURL.call(URL, file);
      urls.add(url);
      return url;
    };
    URL.revokeObjectURL = (url) => {
      urls.delete(url);
      revokeObjectURL.call(URL, url);
    };
  });
  return { context, page, errors };
}

/** What a check finds in a lab; `broken` is what to replace in the script. */
async function findings(browser, address, lab, check, broken) {
  const changes = [...lengths(check), ...(broken ? [broken] : [])];
  const options = { reducedMotion: 'reduce' };
  const { context, page, errors } = await opened(browser, options, changes);
  // A machine with much to do may take its time.
  page.setDefaultTimeout(broken ? 10_000 : 60_000);
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  try {
    const change = (another) => changes.push(another);
    const used = use(page, address, lab, ask, asked, change, CAUSES);
    const found = await CHECKS[check](used);
    const texts = await page.locator('.lab').allTextContents();
    const odd = texts.join(' ').match(/.{0,40}(\bNaN|undefined|\[object|Infinity).{0,20}/);
    if (odd) found.push(`it shows "${odd[0]}"`);
    return [...found, ...errors.map((error) => `threw: ${error}`)];
  } catch (error) {
    return [error.message.split('\n')[0], ...errors];
  } finally {
    await context.close();
  }
}

/** How long a run of a link may take unasked, as a change to the script: as
 * long as it takes on this machine, except where the question is the matter. */
function lengths(check) {
  if (check.startsWith('ask before minutes')) return [];
  const asks = check.startsWith('ask before a long');
  const told = asks ? [['const TOLD = 250;', 'const TOLD = 1e-6;']] : [];
  return [['const LONG = 10;', `const LONG = ${asks ? 0 : 1e9};`], ...told];
}

/** The runs at random settings whose digest in the browser is another. A run
 * that can be watched is taken step by step there, and half of them end before
 * their time. */
async function unequal(browser, address, lab, count) {
  const { name, id, fields, live } = lab;
  const draw = numbers(7);
  const runs = randomLinks(id, fields, count).map((link) => ({
    link, part: live && draw() < 0.5 ? draw() : 1,
  }));
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.goto(address + name);
  const found = await page.evaluate(async ([id, runs]) => {
    const { wasm, lent } = document.querySelector(`[data-lab="${id}"]`).dataset;
    const script = document.querySelector('script[src*="/lab-"]').src;
    const unpacking = new DecompressionStream('gzip');
    const program = (await fetch(wasm)).body.pipeThrough(unpacking);
    const bytes = await new Response(program).arrayBuffer();
    const module = await WebAssembly.compile(bytes);
    const { href } = new URL(lent, document.baseURI);
    const results = [];
    const work = async () => {
      const worker = new Worker(script);
      worker.postMessage({ load: { module, lent: href } });
      const asked = (request) =>
        new Promise((done) => {
          worker.onmessage = ({ data }) => data.answer && done(data.answer);
          worker.postMessage({ request });
        });
      for (let at; (at = results.length) < runs.length; ) {
        results.push(undefined);
        const { link, part } = runs[at];
        let standing = await asked(`start ${link}`);
        const last = Math.max(1, Math.ceil(part * standing.all));
        while (!standing.error && !standing.over && standing.done < last) {
          const steps = Math.min(last - standing.done, 1 + (standing.done % 50));
          standing = await asked(`advance ${steps}`);
        }
        let answer = standing.error ? standing : await asked('finish');
        const { error, digest } = answer;
        results[at] = { link: answer.link ?? link, result: digest ?? error };
      }
      worker.terminate();
    };
    await Promise.all([work(), work()]);
    return results;
  }, [id, runs]);
  await page.close();
  // No link leads to some runs that ended early; then there is no digest.
  const compared = found.filter(({ result }) => !/^no link/.test(result));
  const expected = await answers(door, compared.map(({ link }) => `run ${link}`));
  const wrong = compared.filter(({ result }, i) => {
    const { digest, error } = expected[i];
    return result !== (digest ?? error);
  });
  return { wrong: wrong.map(({ link }) => link), compared: compared.length };
}

/** Opens and runs all labs on the one page for the printer at once, one of
 * them twice, and leaves it. */
async function together(browser, address, labs) {
  const { context, page, errors } = await opened(browser, { reducedMotion: 'reduce' }, []);
  page.setDefaultTimeout(120_000);
  await page.addInitScript(() => (window.print = () => {}));
  await page.route('**/print.html', async (route) => {
    const response = await route.fetch();
    const first = /<div class="lab" .*?role="status"><\/p>\s*<\/div>\s*<\/div>/s;
    const body = (await response.text()).replace(first, (lab) => lab + lab);
    await route.fulfill({ response, body });
  });
  await page.goto(`${address}print.html`);
  const all = await page.locator('.lab').all();
  const found = all.length === labs.length + 1 ? [] : [`${all.length} labs`];
  if (page.workers().length) found.push('a worker before one is touched');
  for (const lab of all) await lab.locator('.lab-open').click();
  for (const lab of all) await lab.locator('.lab-form').waitFor();
  const twice = await page.evaluate(() => {
    const ids = [...document.querySelectorAll('.lab-panel [id]')].map((e) => e.id);
    return ids.filter((id, i) => ids.indexOf(id) !== i);
  });
  if (twice.length) found.push(`ids are there twice: ${twice}`);
  for (const lab of all) await lab.locator('.lab-run').click();
  for (const lab of all) {
    await lab.locator('.lab-status:text-matches("^Finished")').waitFor();
    const id = await lab.getAttribute('data-lab');
    const { start } = labs.find((known) => known.id === id);
    const digest = await lab.locator('.lab-digest').textContent();
    if (digest !== ask(`run ${start}`).digest) found.push(`${id}: another digest`);
  }
  const working = page.workers().length;
  if (working !== all.length) found.push(`${working} workers of ${all.length} labs`);
  await page.goto(`${address}index.html`);
  await page.waitForTimeout(500);
  const left = page.workers().length;
  if (left) found.push(`${left} workers once the page is left`);
  await context.close();
  return [...found, ...errors];
}

/** Runs a lab in two tabs at once. */
async function sideBySide(browser, address, lab) {
  const context = await browser.newContext();
  const digests = await Promise.all([1, 2].map(async () => {
    const page = await context.newPage();
    await page.goto(address + lab.name + lab.start);
    return page.locator('.lab-digest').first().textContent({ timeout: 120_000 });
  }));
  await context.close();
  const { digest } = ask(`run ${lab.start}`);
  return digests.every((found) => found === digest) ? [] : [`digests ${digests}`];
}

/** What a reader loads for one lab, at most, in bytes: a hundred kilobytes of
 * 1024. The aim is 90,000, which half of them keep; the bench reads tables,
 * too. */
const LARGEST = { bench: 170_000 };
const LARGE = 102_400;

async function tooLarge(labs) {
  const found = [];
  for (const { id, file } of labs) {
    const { size } = await stat(file);
    const most = LARGEST[id] ?? LARGE;
    if (size > most) {
      found.push(`${id}: ${Math.round(size / 1000)} kB, not ${most / 1000}`);
    }
  }
  return found;
}

/** How quick a lab is: what is printed, and what of it is too far from what it
 * should be. */
async function measured(browser, address, lab) {
  const { context, page } = await opened(browser, { viewport: { width: 1200, height: 900 } }, []);
  const used = use(page, address, lab, ask, [], () => {}, CAUSES);
  const { root } = used;
  await used.open();
  await used.touch();
  // Where the book's run is over after a few frames.
  const epochs = lab.fields.find(({ key }) => key === 'epochs');
  if (epochs?.max >= 1000) await root.locator('[name=epochs]').fill('1000');
  if (lab.all < 100) await used.seeds(12);
  const runs = [];
  for (const pace of [60, 0, 0, 0, 0, 0]) {
    // The first is watched, the others are as fast as it goes.
    if (lab.live) await used.pace(pace);
    await page.waitForTimeout(500);
    await root.evaluate((lab) => {
      const seen = { frames: [], paints: 0, long: 0, pressed: performance.now() };
      window.seen = seen;
      const picture = lab.querySelector('.figure-picture');
      const note = () => seen.frames.push(performance.now());
      new MutationObserver(note).observe(picture, { childList: true });
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) {
          seen.long = Math.max(seen.long, duration);
        }
      }).observe({ entryTypes: ['longtask'] });
      const paint = () => {
        if (window.seen !== seen) return;
        seen.paints += 1;
        requestAnimationFrame(paint);
      };
      requestAnimationFrame(paint);
      lab.querySelector('.lab-status').textContent = '';
      lab.querySelector('.lab-run').click();
    });
    await used.finished();
    runs.push(await page.evaluate(() => {
      const { frames, paints, long, pressed } = window.seen;
      const all = (frames.at(-1) - pressed) / 1000;
      const later = frames.at(-1) - frames[0];
      window.seen = undefined;
      return {
        first: frames[0] - pressed, long, seconds: all, frames: frames.length,
        fps: frames.length > 1 ? (1000 * (frames.length - 1)) / later : 0,
        paints: paints / all,
      };
    }));
  }
  await context.close();
  const firsts = runs.map(({ first }) => first);
  // The best of them: what others do on the machine only makes it slower.
  const best = {
    fps: Math.max(...runs.map(({ fps }) => fps)),
    first: Math.min(...firsts),
    long: Math.min(...runs.map(({ long }) => long)),
  };
  for (const { frames, seconds, fps, paints, first, long } of runs) {
    console.log(`${lab.id}: ${frames} frames in ${seconds.toFixed(2)} s: ` +
      `${fps.toFixed(0)} a second of ${paints.toFixed(0)} paints, the first after ` +
      `${first.toFixed(0)} ms, longest task ${long ? `${long} ms` : 'below 50 ms'}`);
  }
  console.log(`${lab.id}: from Run to the first new curve ${best.first.toFixed(0)} to ` +
    `${Math.max(...firsts).toFixed(0)} ms, at the first press ${firsts[0].toFixed(0)} ms; ` +
    'at most 100 ms is the aim');
  // 50 frames, 100 ms and 50 ms are what it should be. Five times as slow is
  // no busy machine any more, but a queue or a loop that waits.
  const found = [];
  const film = lab.live && lab.step !== 'seed';
  if (film && best.fps < 10) found.push(`${best.fps.toFixed(0)} frames a second, not 50`);
  if (best.first > 500) found.push(`the first frame after ${best.first.toFixed(0)} ms, not 100`);
  if (best.long > 250) found.push(`the page is blocked for ${best.long} ms, not 50`);
  return found;
}

/** Does the work on each item, two at a time, as machines for CI have cores. */
async function each(items, work) {
  const rest = [...items];
  const one = async () => {
    while (rest.length) await work(rest.shift());
  };
  await Promise.all([one(), one()]);
}

const labs = await labsOf(site);
const SCRIPT = await readFile(new URL('../../theme/js/lab.js', import.meta.url), 'utf8');
const { CAUSES } = causesOf(SCRIPT);
if (labs.length === 0) throw new Error(`no lab in ${site}`);
const server = await serve(site);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run',
    '--disable-background-networking', '--disable-component-update'],
});
let [passed, failed] = [0, 0];
const note = (found, line) => {
  if (found.length === 0) passed += 1;
  else failed += 1;
  console.log([line, ...found.slice(0, 8)].join('\n    '));
};

/** Breaks the script for each check in turn: the check must find that, and
 * not only time run out. */
async function selfTest() {
  const checks = Object.keys(CHECKS).filter((check) => check.startsWith(values.check));
  await each(checks, async (check) => {
    const beginning = Object.keys(BROKEN).find((b) => check.startsWith(b));
    if (!beginning) return note(['it is never broken'], check);
    const [cut, put, finding] = BROKEN[beginning];
    const lab = labs.find((lab) => checksFor(lab).includes(check));
    const found = await findings(browser, server.address, lab, check, [cut, put]);
    const right = found.some((what) => finding.test(what));
    const verdict = right ? [] : [`expected ${finding}, found:`, ...found];
    return note(verdict, `${check}: ${right ? found.find((w) => finding.test(w)).slice(0, 70) : 'WRONG'}`);
  });
  if (values.check) return;
  // One cause for all that the network does.
  const blind = SCRIPT.replace("return got > 0 ? 'cut' : 'unreachable';", "return 'offline';");
  note(wrongCauses(blind).length ? [] : ['it is not found'], 'causes: one in the place of two');
  // The end of a range is not looked at.
  const wide = SCRIPT.replace('value < Number(min) ? min : value > Number(max) ? max : String(value)', 'String(value)');
  const few = labs.filter(({ id }) => id === 'bench');
  note((await wrongMends(wide, door, few)).length ? [] : ['it is not found'], 'mends: a value out of its range');
  const idle = Object.keys(BROKEN).filter((b) => !checks.some((c) => c.startsWith(b)));
  if (idle.length) note(idle, 'there is no check to break');
}

async function all() {
  const some = labs.filter(({ id }) => !values.only || id === values.only);
  const wanted = (lab) => checksFor(lab).filter((check) => check.startsWith(values.check));
  const jobs = some.flatMap((lab) => wanted(lab).map((check) => [lab, check]));
  const right = new Map(some.map(({ id }) => [id, 0]));
  await each(jobs, async ([lab, check]) => {
    const found = await findings(browser, server.address, lab, check);
    if (found.length) note(found, `${lab.id}: it should ${check}`);
    else right.set(lab.id, right.get(lab.id) + 1);
  });
  for (const lab of some) {
    passed += right.get(lab.id);
    console.log(`${lab.id}: ${right.get(lab.id)} of ${wanted(lab).length} checks`);
  }
  if (values.check) return;
  const count = Number(values.random);
  for (const lab of count > 0 ? some : []) {
    const { wrong, compared } = await unequal(browser, server.address, lab, count);
    const same = compared - wrong.length;
    note(wrong, `${lab.id}: ${same} of ${compared} random runs have the native digest`);
  }
  note(await tooLarge(some), 'what a reader loads');
  note(wrongCauses(SCRIPT), 'each cause of a failure has its own mend');
  note(await wrongMends(SCRIPT, door, some), 'a link that is refused is mended');
  if (values.only) return;
  note(await together(browser, server.address, labs), 'all labs on the page for the printer');
  const lab = labs.find(({ live }) => live) ?? labs[0];
  note(await sideBySide(browser, server.address, lab), 'a lab in two tabs');
}

try {
  if (values['self-test']) {
    await selfTest();
  } else if (values.measure) {
    for (const lab of labs.filter(({ id }) => !values.only || id === values.only)) {
      note(await measured(browser, server.address, lab), `${lab.id}: measured`);
    }
  } else {
    await all();
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  await browser.close();
  server.close();
}
