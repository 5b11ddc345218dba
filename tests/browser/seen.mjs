// Whether what a reader copies, prints, hears and finds is what a reader sees.
//
//   node seen.mjs SITE
//   node seen.mjs SITE --self-test
//
// --self-test breaks the pages in one way after the other; of each the check
// that it is for must tell.
// The browser is /usr/bin/chromium, or what the variable CHROMIUM names.

import { parseArgs } from 'node:util';

import { chromium } from 'playwright-core';

import { pagesOf, serve } from './server.mjs';

/** What readers look for, and a page that must be among the first three. */
const QUESTIONS = {
  'f(x)=x': 'two-claims.html',
  'f(x) = x': 'collapse.html',
  'λ': 'descent.html',
  lambda: 'descent.html',
  relu: 'glossary.html#relu',
  ReLU: 'activations.html',
  momentum: 'valleys.html',
  'vanishing gradient': 'products-of-slopes.html',
  'learning rate': 'descent.html',
  'dead relu': 'the-kink.html',
  xor: 'the-linear-floor.html',
  Adam: 'valleys.html',
  LoRA: 'adapters.html',
  'universal approximation': 'what-depth-buys.html',
  residual: 'shortcuts.html',
  'chain rule': 'backpropagation.html',
  'linear activation': 'two-claims.html',
};

/** Each check opens pages with `open`, and gives what it finds wrong. */
const CHECKS = {
  'a question finds its page': asked,
  'a formula is copied once, as its TeX': formulasCopied,
  'all of a page is copied': allCopied,
  'a console is copied as it is typed': consolesCopied,
  'code is copied as a program': codeCopied,
  'a formula is read aloud once': formulasRead,
  'a prediction is printed, and an answer if it is open': printed,
  'a prediction stays, and opens its verdict': predicted,
  'a framework stays chosen, alone but on paper': framed,
};

async function asked(open) {
  const wrong = [];
  const page = await open('title.html?search=epoch');
  await page.waitForSelector('#mdbook-searchresults a');
  for (const [question, expected] of Object.entries(QUESTIONS)) {
    await page.fill('#mdbook-searchbar', question);
    await page.dispatchEvent('#mdbook-searchbar', 'keyup');
    const found = await page.$$eval('#mdbook-searchresults li', (items) =>
      items.slice(0, 3).map((item) => ({
        place: item.querySelector('a').getAttribute('href'),
        teaser: item.querySelector('.teaser').textContent,
      })));
    const places = found.map(({ place }) => place.replace(/\?[^#]*/, ''));
    if (!places.some((place) => place.startsWith(expected))) {
      wrong.push(`${question}: ${expected} is not in ${places.join(', ')}`);
    }
    for (const { teaser } of found) {
      const numbers = teaser.match(/(?:\s[\d.,e×⁻−-]+){6}/);
      if (numbers) wrong.push(`${question}: a table: ${teaser}`);
    }
  }
  return wrong;
}

/** What stands in the clipboard once the keys are pressed. */
async function copied(page, keys) {
  await page.evaluate(() => navigator.clipboard.writeText('nothing'));
  for (const key of keys) await page.keyboard.press(key);
  return page.evaluate(() => navigator.clipboard.readText());
}

const squeezed = (text) => text.replace(/[\s\u2060\u200b]+/g, '');

/** Of the elements that match, those with a formula, as they are to be
 * copied; run in the page. */
function written(selector) {
  const text = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE) return '';
    if (node.matches('.katex')) {
      const mark = node.closest('.katex-display') ? '$$' : '$';
      return mark + node.querySelector('annotation').textContent + mark;
    }
    return [...node.childNodes].map(text).join('');
  };
  const shown = [...document.querySelectorAll(selector)].filter((element) =>
    element.checkVisibility() && element.querySelector('.katex'));
  window.shown = shown;
  return shown.map(text);
}

async function formulasCopied(open) {
  const wrong = [];
  const pages = ['backpropagation.html', 'notation.html', 'solutions/collapse.html'];
  const selectors = ['main > p', 'main td', 'main li > p', '.katex-display', 'tr'];
  let formulas = 0;
  for (const name of pages) {
    const page = await open(name);
    for (const selector of selectors) {
      const expected = await page.evaluate(written, selector);
      for (const [i, text] of expected.entries()) {
        await page.evaluate((i) => {
          window.getSelection().selectAllChildren(window.shown[i]);
        }, i);
        const found = await copied(page, ['Control+c']);
        formulas += 1;
        if (squeezed(found) !== squeezed(text)) {
          wrong.push(`${name}, ${selector}: expected ${text}, found ${found}`);
        }
      }
    }
  }
  if (formulas < 50) wrong.push(`only ${formulas} places with a formula`);
  return wrong;
}

async function allCopied(open) {
  const page = await open('backpropagation.html');
  const tex = await page.$$eval('main .katex', (formulas) => formulas
    .filter((formula) => formula.checkVisibility())
    .map((formula) => formula.querySelector('annotation').textContent));
  const text = await copied(page, ['Control+a', 'Control+c']);
  const wrong = [];
  let rest = squeezed(text);
  for (const formula of tex) {
    const parts = rest.split(`$${squeezed(formula)}$`);
    if (parts.length < 2) wrong.push(`${formula} is not copied`);
    rest = parts[0] + parts.slice(1).join(`$${squeezed(formula)}$`);
  }
  const marks = text.match(/\$\$[^$]+\$\$|\$[^$]+\$/g) ?? [];
  if (marks.length !== tex.length) {
    wrong.push(`${tex.length} formulas, and ${marks.length} are copied`);
  }
  if (/\n\$ cargo/.test(text)) wrong.push('a prompt is copied');
  return wrong;
}

async function clicked(page, block) {
  await page.evaluate(() => navigator.clipboard.writeText('nothing'));
  await block.$eval('.clip-button', (button) => button.click());
  return page.evaluate(() => navigator.clipboard.readText());
}

async function consolesCopied(open, pages) {
  const wrong = [];
  let blocks = 0;
  for (const name of pages.filter((name) => !/print|index|toc/.test(name))) {
    const page = await open(name);
    for (const block of await page.$$('pre.console')) {
      // What stands under another tab is shown first.
      await block.evaluate((pre) => {
        const panel = pre.closest('.framework-panel');
        const id = panel?.classList[1];
        panel?.parentElement.querySelector(`[value="${id}"]`).click();
      });
      const text = await block.$eval('code', (code) => code.textContent);
      const lines = text.split('\n').filter((line) => line.startsWith('$ '));
      const typed = lines.map((line) => line.slice(2).replace(/\s+# .*/, ''));
      const found = await clicked(page, block);
      blocks += 1;
      if (found !== typed.join('\n')) {
        wrong.push(`${name}: expected ${typed}, found ${found}`);
      }
      const shown = await block.$eval('code', (code) => code.innerText);
      if (shown !== text) wrong.push(`${name}: not all is shown again`);
      const selected = await block.$eval('code', (code) => {
        window.getSelection().selectAllChildren(code);
        return window.getSelection().toString();
      });
      if (selected.includes('$ ')) wrong.push(`${name}: a prompt is selected`);
    }
  }
  if (blocks < 20) wrong.push(`only ${blocks} consoles`);
  return wrong;
}

async function codeCopied(open) {
  const wrong = [];
  const page = await open('backpropagation.html');
  const blocks = await page.$$('pre:has(.language-rust)');
  for (const block of blocks) {
    const text = await block.$eval('code', (code) => code.textContent);
    const found = await clicked(page, block);
    if (found.trim() !== text.trim()) wrong.push(`expected ${text}, found ${found}`);
    const hidden = await block.$$eval('.boring', (lines) =>
      lines.some((line) => line.checkVisibility()));
    if (hidden) wrong.push('what was hidden stays open');
  }
  if (!blocks.length) wrong.push('no code');
  return wrong;
}

async function formulasRead(open) {
  const page = await open('backpropagation.html');
  return page.$$eval('main .katex', (formulas) => formulas
    .filter((formula) =>
      formula.querySelectorAll('math').length !== 1 ||
      formula.querySelectorAll('.katex-html[aria-hidden="true"]').length !== 1)
    .map((formula) => formula.querySelector('annotation').textContent));
}

/** What is wrong with what a page prints; run in the page. */
function unprinted(answers) {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = (element) => element.checkVisibility();
  const predictions = all('.prediction');
  const choices = all(':is(.prediction, .quiz) :is(p:not(.why), label)');
  const wrong = choices.filter((choice) => !shown(choice))
    .map((choice) => `not printed: ${choice.textContent.slice(0, 60)}`);
  for (const details of all('main details:not(.figure-data)')) {
    if (shown(details) !== answers) {
      wrong.push(`${answers ? 'not ' : ''}printed: ${details.innerText}`);
    }
  }
  if (all('main details.figure-data').some(shown)) wrong.push('data');
  if (!predictions.length) wrong.push('no predictions');
  return wrong;
}

async function printed(open) {
  const wrong = [];
  for (const name of ['epochs.html', 'print.html']) {
    for (const answers of [false, true]) {
      const page = await open(answers ? `${name}?answers` : name);
      await page.emulateMedia({ media: 'print' });
      wrong.push(...(await page.evaluate(unprinted, answers)));
    }
  }
  return wrong;
}

async function predicted(open) {
  const wrong = [];
  const page = await open('epochs.html');
  const state = () => page.evaluate(() => {
    const all = (selector) => [...document.querySelectorAll(`main ${selector}`)];
    return {
      chosen: all('.prediction :checked + span').map((span) => span.textContent),
      open: all('.verdict').map((verdict) => Number(verdict.open)).join(''),
      said: all('.verdict .said').map((said) => said.textContent),
    };
  });
  const before = await state();
  if (before.open !== '00' || before.chosen.length) wrong.push('not new');
  for (const chosen of [0, 1]) {
    await page.click(`.prediction label:nth-of-type(${chosen + 1})`);
    await page.reload();
    const text = await page.$$eval('.prediction:first-of-type span', (spans, i) =>
      spans[i].textContent, chosen);
    const { said, open: opened, chosen: kept } = await state();
    if (kept.join() !== text) wrong.push(`chosen ${text}, kept ${kept}`);
    if (opened !== '10') wrong.push(`open verdicts: ${opened}`);
    if (said.join() !== `You said: “${text}”`) wrong.push(`it says ${said}`);
  }
  return wrong;
}

/** The programs that a page shows, by framework. */
const listings = (page) => page.$$eval('.framework-panel', (panels) =>
  panels.filter((panel) => panel.querySelector('code').checkVisibility())
    .map((panel) => panel.querySelector('.framework-name').textContent));

async function framed(open) {
  const wrong = [];
  const page = await open('one-neuron.html');
  const expect = async (what, expected) => {
    const found = (await listings(page)).join();
    if (found !== expected) wrong.push(`${what}: ${found}, not ${expected}`);
  };
  await expect('at first', 'PyTorch');
  await page.focus('.framework-tabs input');
  await page.keyboard.press('ArrowRight');
  await expect('by an arrow key', 'Keras');
  await page.goto(new URL('collapse.html', page.url()).href);
  await expect('on another page', 'Keras');
  await page.click('.framework-tabs label:first-of-type');
  await page.reload();
  await expect('chosen back', 'PyTorch');
  await page.emulateMedia({ media: 'print' });
  await expect('on paper', 'PyTorch,Keras');
  const files = await page.$$eval('.framework-files a', (links) =>
    links.map((link) => link.href));
  for (const file of files) {
    const { ok } = await page.evaluate(async (file) => {
      const { ok } = await fetch(file);
      return { ok };
    }, file);
    if (!ok) wrong.push(`${file} is not there`);
  }
  if (files.length < 3) wrong.push(`it offers ${files.length} files`);
  return wrong;
}

/** Ways to break the pages: what is sent instead of a file, and which check
 * must tell. */
const BREAKS = [
  ['a question finds its page', /searchindex-.*\.js$/, (text) =>
    text.replace('"pipeline":["term"]', '"pipeline":["stemmer"]')],
  ['a question finds its page', /searchindex-.*\.js$/, (text) =>
    text.replace('lambda: \'λ\',', '').replace('\\p{Alphabetic}', 'a-z')],
  ['a formula is copied once, as its TeX', /copy-.*\.js$/, (text) =>
    text.replace("'copy'", "'no-copy'")],
  ['all of a page is copied', /copy-.*\.js$/, (text) =>
    text.replace("'copy'", "'no-copy'")],
  ['a console is copied as it is typed', /copy-.*\.js$/, (text) =>
    text.replace("add('as-copied')", "add('as-seen')")],
  ['a console is copied as it is typed', /book-.*\.css$/, (text) =>
    text.replaceAll('user-select: none', '')],
  ['code is copied as a program', /book-.*\.css$/, (text) =>
    text.replace('.as-copied .boring', '.as-seen .boring')],
  ['a formula is read aloud once', /\.html$/, (text) =>
    text.replaceAll('class="katex-html" aria-hidden="true"', 'class="katex-html"')],
  ['a prediction is printed, and an answer if it is open', /\.html$/, (text) =>
    text.replaceAll('<fieldset class="prediction">',
      '<details><fieldset class="prediction">')],
  ['a prediction stays, and opens its verdict', /predict-.*\.js$/, (text) =>
    text.replace('localStorage.setItem', 'String')],
  ['a prediction stays, and opens its verdict', /predict-.*\.js$/, (text) =>
    text.replace('verdict.open = true', '')],
  ['a prediction stays, and opens its verdict', /predict-.*\.js$/, (text) =>
    text.replaceAll('verdicts[i]', 'verdicts[verdicts.length - 1]')],
  ['a framework stays chosen, alone but on paper', /framework-.*\.js$/,
    (text) => text.replace('localStorage.setItem', 'String')],
  ['a framework stays chosen, alone but on paper', /book-.*\.css$/, (text) =>
    text.replaceAll('[value="keras"]:checked', '[value="jax"]:checked')],
  ['a framework stays chosen, alone but on paper', /\.html$/, (text) =>
    text.replaceAll('class="framework-files"', 'class="files"')],
  ['a prediction is printed, and an answer if it is open', /copy-.*\.js$/,
    (text) => text.replace("has('answers')", "has('no answers')")],
];

async function checked(browser, address, pages, check, broken) {
  const context = await browser.newContext({
    permissions: ['clipboard-read', 'clipboard-write'],
    viewport: { width: 1280, height: 900 },
  });
  await context.addInitScript(() => { window.print = () => {}; });
  if (broken) {
    const [file, change] = broken;
    await context.route((url) => file.test(url.pathname), async (route) => {
      // The check may be over, and its pages closed, before a file is here.
      const response = await route.fetch().catch(() => null);
      if (!response) return;
      const body = change(await response.text());
      await route.fulfill({ response, body }).catch(() => null);
    });
  }
  const page = await context.newPage();
  const open = async (name) => {
    await page.emulateMedia({ media: 'screen' });
    const answer = await page.goto(new URL(name, address).href);
    if (!answer.ok()) throw new Error(`${name}: ${answer.status()}`);
    return page;
  };
  try {
    return await CHECKS[check](open, pages);
  } catch (error) {
    return [error.message];
  } finally {
    await context.close();
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'self-test': { type: 'boolean' }, only: { type: 'string' } },
});
const [site] = positionals;
const pages = await pagesOf(site);
const server = await serve(site);
const { address } = server;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  // As root, Chromium has no sandbox; it opens nothing but our own pages.
  args: ['--no-sandbox'],
});
let failures = 0;
if (values['self-test']) {
  for (const [check, ...broken] of BREAKS) {
    const found = await checked(browser, address, pages, check, broken);
    if (found.length) continue;
    failures += 1;
    console.log(`${check}: a broken ${broken[0]} is not found`);
  }
  console.log(`${BREAKS.length - failures} of ${BREAKS.length} breaks found`);
} else {
  for (const check of Object.keys(CHECKS)) {
    if (values.only && !check.includes(values.only)) continue;
    const found = await checked(browser, address, pages, check);
    failures += found.length;
    console.log(`${found.length ? 'FAILED' : 'passed'}: ${check}`);
    found.slice(0, 12).forEach((what) => console.log(`    ${what}`));
  }
}
await browser.close();
server.close();
process.exitCode = failures ? 1 : 0;
