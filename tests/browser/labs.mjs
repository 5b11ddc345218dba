// Uses every lab of a built site as a reader does, in Chromium, and fails if
// one does not do what it should.
//
//   node labs.mjs SITE NATIVE [--random N]
//   node labs.mjs SITE NATIVE --self-test
//
// NATIVE is the lab's program, compiled for this machine: what it answers is
// what the page must show. --random compares the digests of N runs of each lab
// at random settings, too. --self-test breaks the labs' script, once for each
// check, which must then fail.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { chromium } from 'playwright-core';

import { native } from './native.mjs';
import { pagesOf, serve } from './server.mjs';
import { randomLinks } from './settings.mjs';
import { AXE, THEMES, setTheme, tooWide } from './visit.mjs';

/** What a lab should do; each function gives what is wrong. */
const CHECKS = {
  'load nothing before it is touched': async ({ page, open, asked }) => {
    await open();
    await page.waitForTimeout(300);
    const early = asked.filter((url) => url.includes('.wasm'));
    return early.map((url) => `asked for ${url}`);
  },

  'load its program once, and run it to the native digest': async (lab) => {
    const { open, touch, run, asked, shown, native, start } = lab;
    await open();
    await touch();
    await run();
    await run();
    const count = asked.filter((url) => url.includes('.wasm')).length;
    const once = count === 1 ? [] : [`loaded the program ${count} times`];
    return [...once, ...different(await shown(), native(start))];
  },

  'replay a link': async ({ open, finished, shown, native, other }) => {
    await open(other);
    await finished();
    return different(await shown(), native(other));
  },

  'say what is wrong with a link, and never as markup': async (lab) => {
    const found = [];
    for (const bad of [
      `#v2;${lab.id}`,
      `#v1;${lab.id};nonsense=1`,
      `#v1;${lab.id};<img src=x onerror=alert(1)>=1`,
      `#v1;${lab.id};${'seed=1;'.repeat(3000)}`,
    ]) {
      await lab.open(bad);
      const text = await lab.refused();
      const shown = await lab.root.locator('.lab-status *').count();
      if (!/cannot be replayed/.test(text)) found.push(`${bad}: "${text}"`);
      if (shown) found.push(`${bad}: became markup`);
    }
    return found;
  },

  'say what is wrong with a setting': async (lab) => {
    const { open, touch, root, page, refused } = lab;
    await open();
    await touch();
    const input = root.locator('input[type=number]').first();
    await input.fill('-1');
    await root.locator('.lab-run').click();
    const text = await refused();
    const key = await input.getAttribute('name');
    const focused = await page.evaluate(() => document.activeElement.name);
    const found = [];
    if (!text.includes(`${key}: expected`)) found.push(`it says "${text}"`);
    if (focused !== key) found.push(`the focus is on ${focused}`);
    return found;
  },

  'be used by keyboard alone': async ({ page, open, root, finished, shown, native, start }) => {
    await open();
    await root.locator('.lab-open').focus();
    await page.keyboard.press('Enter');
    await root.locator('.lab-form').waitFor();
    const first = await page.evaluate(
      () => document.activeElement.closest('.lab-field') !== null,
    );
    if (!first) return ['the focus is not on the first control'];
    for (let i = 0; i < 60; i += 1) {
      const on = await page.evaluate(() => document.activeElement.className);
      if (on === 'lab-run') break;
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await finished();
    const kept = await page.evaluate(() => document.activeElement.className);
    const lost = kept === 'lab-run' ? [] : [`the focus went to "${kept}"`];
    return [...lost, ...different(await shown(), native(start))];
  },

  'keep the arrow keys to itself': async ({ page, open, touch, root }) => {
    await open();
    await touch();
    // What the document hears, mdBook hears, and turns the page.
    await page.evaluate(() => {
      window.heard = 0;
      document.addEventListener('keydown', () => (window.heard += 1));
    });
    const heard = async () => {
      await page.keyboard.press('ArrowRight');
      return page.evaluate(() => window.heard > 0);
    };
    const places = ['input', '.lab-run', 'input[type=range]']
      .map((selector) => [selector, root.locator(selector).first()]);
    // A listing is no control, but it scrolls.
    places.push(['a listing', page.locator('pre').first()]);
    for (const [name, place] of places) {
      if ((await place.count()) === 0) continue;
      await place.evaluate((e) => (e.matches('pre') && (e.tabIndex = 0), e.focus()));
      if (await heard()) return [`${name}: the page turns`];
    }
    await page.evaluate(() => document.activeElement.blur());
    await page.waitForLoadState();
    const before = page.url();
    await page.keyboard.press('ArrowRight');
    await page.waitForURL((url) => url.href !== before);
    return [];
  },

  'stop, and start again': async ({ open, touch, root, status, finished, run }) => {
    await open();
    await touch();
    const button = root.locator('.lab-run');
    // Both in one task, or a quick run would be over.
    await button.evaluate((b) => (b.click(), b.click()));
    await root.locator('.lab-form:not([aria-busy=true])').waitFor();
    const text = await status();
    await run();
    await finished();
    return /^Stopped/.test(text) ? [] : [`it says "${text}"`];
  },

  'give the book’s figure back': async ({ open, touch, root, run, status }) => {
    await open();
    const figure = () => root.locator('figure').evaluate((f) => f.innerHTML);
    const before = await figure();
    await touch();
    await run();
    const during = await figure();
    await root.locator('button[type=reset]').click();
    await root.locator('.lab-result').waitFor({ state: 'detached' });
    const found = [];
    if (during === before) found.push('a run changed nothing');
    if ((await figure()) !== before) found.push('the figure is another');
    if (await root.locator('.lab-result').count()) found.push('a result stays');
    await root.locator('.lab-status:has-text("again")').waitFor();
    if (!(await status())) found.push('nothing is said');
    return found;
  },

  'break no rule of axe in any state': async (lab) => {
    const { page, open, touch, run, root, refused } = lab;
    await open();
    await page.evaluate(AXE);
    const found = [];
    const look = async (state, themes = ['light', 'navy']) => {
      for (const theme of themes) {
        await setTheme(page, theme);
        const broken = await page.evaluate(async () => {
          const lab = document.querySelector('.lab');
          const { violations } = await axe.run(lab);
          return violations.flatMap(({ id, nodes }) =>
            nodes.map((n) => `${id}: ${n.target}: ${n.any[0]?.message ?? ''}`),
          );
        });
        found.push(...broken.map((what) => `${state}, ${theme}: ${what}`));
      }
    };
    await look('untouched');
    await touch();
    await look('open');
    await run();
    await look('finished', THEMES);
    await root.locator('input[type=number]').first().fill('-1');
    await root.locator('.lab-run').click();
    await refused();
    await look('refused', THEMES);
    return found;
  },

  'fit a screen of 320 px': async ({ page, open, touch, run, root }) => {
    await page.setViewportSize({ width: 320, height: 640 });
    await open();
    await touch();
    const found = [...(await tooWide(page)), ...(await sticking(root))];
    await run();
    found.push(...(await tooWide(page)), ...(await sticking(root)));
    const small = await root.locator('button, input[type=number], select')
      .evaluateAll((all) => all.filter((e) => e.offsetHeight < 43).length);
    if (small) found.push(`${small} controls are too low for a finger`);
    return found;
  },
};

/** For each check, by its first words, how to break the script. */
const BROKEN = {
  'load nothing': ['\n    follow();', '\n    labs.forEach((lab) => lab.open());'],
  'load its program': ['digest),', 'digest.replace(/./, "x")),'],
  replay: ['\n    follow();', '\n'],
  'say what is wrong with a link': [
    'this.#status.textContent = text;',
    'this.#status.innerHTML = `<b>${text}</b>`;',
  ],
  'say what is wrong with a setting': ['if (wrong) control.focus();', ''],
  'be used by keyboard': [".focus();\n        }\n\n        /** Gives", ";\n        }\n\n        /** Gives"],
  'keep the arrow': ['event.stopPropagation();', ''],
  stop: ['if (this.#running) this.#stopped();\n                else', ''],
  'give the book': ['this.#original.cloneNode(true).childNodes', ''],
  'break no rule': ["'label', { for: id }", "'span', {}"],
  fit: ["'fieldset',\n                    {}", "'fieldset',\n                    { style: 'width: 400px' }"],
};

/** What of a lab is wider than its column: mdBook would let the whole column
 * scroll. What scrolls in a box of its own does no harm. */
function sticking(root) {
  return root.evaluate((lab) => {
    const { right } = lab.getBoundingClientRect();
    const parts = [...lab.querySelectorAll('.lab-panel *')].filter(
      (part) => part.parentElement.closest('.figure-table') === null,
    );
    const wide = parts.filter((p) => p.getBoundingClientRect().right > right + 1);
    return wide.map((p) => `sticks out: ${p.cloneNode().outerHTML.slice(0, 80)}`);
  });
}

function different(shown, answer) {
  if (answer.error) return [`natively there is no result: ${answer.error}`];
  const parts = ['digest', 'link', 'finding'];
  const unequal = parts.filter((part) => shown[part] !== answer[part]);
  return unequal.map(
    (part) => `${part}: shows ${shown[part]}, natively ${answer[part]}`,
  );
}

/** The lab of a page, as a reader has it. */
function use(page, address, name, id, start, ask, asked) {
  const root = page.locator(`.lab[data-lab="${id}"]`);
  const text = (selector) => root.locator(selector).textContent();
  const finished = () =>
    root.locator('.lab-status:text-matches("^Finished")').waitFor();
  const about = ask(`describe ${start}`);
  // Another value of the first parameter that can have one.
  const field = about.fields[0];
  const next = Number(field.value) + 1;
  const value = next <= Number(field.max) ? next : Number(field.min);
  return {
    page, root, id, start, asked, finished,
    other: `${start};${field.key}=${value}`.replace(
      new RegExp(`;${field.key}=[^;]*(?=.*;${field.key}=)`), ''),
    native: (link) => ask(`run ${link}`),
    status: () => text('.lab-status'),
    open: async (link = '') => {
      asked.length = 0;
      // From elsewhere: a new fragment alone would not load the page.
      await page.goto('about:blank');
      await page.goto(address + name + link, { waitUntil: 'load' });
    },
    touch: async () => {
      await root.locator('.lab-open').click();
      await root.locator('.lab-form').waitFor();
    },
    run: async () => {
      await root.locator('.lab-status').evaluate((s) => (s.textContent = ''));
      await root.locator('.lab-run').click();
      await finished();
    },
    refused: async () => {
      await root.locator('.lab-refused').waitFor();
      return text('.lab-status');
    },
    shown: async () => ({
      digest: await text('.lab-digest'),
      link: await root.locator('.lab-link').getAttribute('href'),
      finding: await text('.figure-finding'),
    }),
  };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    random: { type: 'string', default: '0' },
    'self-test': { type: 'boolean' },
  },
});
if (positionals.length !== 2) {
  console.error('usage: node labs.mjs SITE NATIVE [--self-test]');
  process.exit(2);
}
const site = path.resolve(positionals[0]);
const ask = native(path.resolve(positionals[1]));

/** Every lab of the site: page, ID, and the settings it begins with. */
async function labsOf(site) {
  const labs = [];
  for (const name of await pagesOf(site)) {
    if (name === 'print.html') continue;
    const html = await readFile(path.join(site, name), 'utf8');
    const found = html.matchAll(/data-lab="([^"]+)" data-start="([^"]+)"/g);
    for (const [, id, start] of found) labs.push({ name, id, start });
  }
  return labs;
}

/** What a check finds in a lab; `broken` is what to replace in the script. */
async function findings(browser, address, lab, check, broken) {
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('dialog', (dialog) => (errors.push('a dialogue'), dialog.dismiss()));
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  // A machine with much to do may take its time.
  page.setDefaultTimeout(broken ? 4000 : 120_000);
  if (broken) {
    await context.route('**/lab-*.js', async (route) => {
      const response = await route.fetch();
      const script = await response.text();
      const [cut, put] = broken;
      if (script.split(cut).length !== 2) throw new Error(`not once: ${cut}`);
      await route.fulfill({ response, body: script.replace(cut, () => put) });
    });
  }
  // A colour that is still changing has no contrast yet.
  await page.addInitScript(() => {
    const still = new CSSStyleSheet();
    still.replaceSync('*, ::before, ::after { transition: none !important }');
    document.adoptedStyleSheets.push(still);
  });
  const { name, id, start } = lab;
  try {
    const used = use(page, address, name, id, start, ask, asked);
    const found = await CHECKS[check](used);
    return [...found, ...errors.map((error) => `threw: ${error}`)];
  } catch (error) {
    return [error.message.split('\n')[0]];
  } finally {
    await context.close();
  }
}

/** The runs at random settings whose digest in the browser is another. */
async function unequal(browser, address, { name, id, start }, count) {
  const { fields } = ask(`describe ${start}`);
  const links = randomLinks(id, fields, count);
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.goto(address + name);
  const found = await page.evaluate(async (links) => {
    const { wasm } = document.querySelector('.lab').dataset;
    const script = document.querySelector('script[src*="/lab-"]').src;
    const bytes = await (await fetch(wasm)).arrayBuffer();
    const module = await WebAssembly.compile(bytes);
    const worker = new Worker(script);
    const answered = (link) =>
      new Promise((done) => {
        worker.onmessage = ({ data }) => data.answer && done(data.answer);
        worker.postMessage({ module, request: `run ${link}` });
      });
    const answers = [];
    for (const link of links) {
      const { digest, error } = await answered(link);
      answers.push(digest ?? error);
    }
    return answers;
  }, links);
  await page.close();
  return links.filter((link, i) => {
    const { digest, error } = ask(`run ${link}`);
    return found[i] !== (digest ?? error);
  });
}

/** Runs all labs on the one page for the printer at once, and leaves it. */
async function together(browser, address) {
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  await page.addInitScript(() => (window.print = () => {}));
  await page.goto(`${address}print.html`);
  const labs = await page.locator('.lab').all();
  for (const lab of labs) await lab.locator('.lab-open').click();
  for (const lab of labs) await lab.locator('.lab-run').click();
  for (const lab of labs) {
    await lab.locator('.lab-status:text-matches("^Finished")').waitFor();
  }
  const working = page.workers().length;
  await page.goto(`${address}index.html`);
  await page.waitForTimeout(300);
  const left = page.workers().length;
  await page.close();
  return { labs: labs.length, working, left };
}

const labs = await labsOf(site);
if (labs.length === 0) throw new Error(`no lab in ${site}`);
const server = await serve(site);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run',
    '--disable-background-networking', '--disable-component-update'],
});
let [passed, failed] = [0, 0];
const note = (right, line) => {
  if (right) passed += 1;
  else failed += 1;
  console.log(line);
};
try {
  if (values['self-test']) {
    const lab = labs.find(({ id }) => id === 'tent') ?? labs[0];
    for (const [beginning, broken] of Object.entries(BROKEN)) {
      const check = Object.keys(CHECKS).find((c) => c.startsWith(beginning));
      const found = await findings(browser, server.address, lab, check, broken);
      const right = found.length > 0;
      const verdict = right ? `fails when broken: ${found[0].slice(0, 60)}` : 'WRONG: passes when broken';
      note(right, `${check}: ${verdict}`);
    }
    const missing = Object.keys(CHECKS).length - Object.keys(BROKEN).length;
    if (missing) note(false, `${missing} checks are never broken`);
  } else {
    for (const lab of labs.filter(({ id }) => !values.only || id === values.only)) {
      let right = 0;
      for (const check of Object.keys(CHECKS)) {
        const found = await findings(browser, server.address, lab, check);
        if (found.length === 0) right += 1;
        else note(false, [`${lab.id}: it should ${check}`, ...found.slice(0, 8)].join('\n    '));
      }
      passed += right;
      const count = Number(values.random);
      if (count > 0) {
        const other = await unequal(browser, server.address, lab, count);
        note(other.length === 0,
          `${lab.id}: ${count - other.length} of ${count} random runs have the native digest`);
        for (const link of other.slice(0, 8)) console.log(`    ${link}`);
      }
      console.log(`${lab.id}: ${right} of ${Object.keys(CHECKS).length} checks`);
    }
    if (!values.only) {
      const { labs: all, working, left } = await together(browser, server.address);
      note(working === labs.length && left === 0,
        `all ${all} on the page for the printer: ${working} workers, ${left} once it is left`);
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  await browser.close();
  server.close();
}
