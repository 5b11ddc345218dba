// Opens every page of a built site in Chromium and fails if a reader would
// meet anything broken.
//
//   node check.mjs SITE [--shots DIR] [--only PAGE]
//   node check.mjs --self-test
//
// --shots takes a picture of each page, light and navy, wide and narrow.
// --self-test opens the pages of broken/, each of which one check must reject.
// The browser is /usr/bin/chromium, or what the variable CHROMIUM names.

import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { chromium } from 'playwright-core';

import { EXEMPTIONS } from './exemptions.mjs';
import { pagesOf, serve } from './server.mjs';
import { CHECKS, PRINTED, visit } from './visit.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));

/** What is left of the findings of a page; notes which exemption it used. */
function unforgiven(name, findings, exemptions, used) {
  return findings.filter((finding) => {
    const exemption = exemptions.find(
      ({ rule, selector, themes, page }) =>
        rule === finding.rule &&
        finding.within.includes(selector) &&
        (!themes || themes.includes(finding.theme)) &&
        (!page || page === name),
    );
    if (exemption) used.add(exemption);
    return !exemption;
  });
}

function inWords(finding) {
  if (typeof finding === 'string') return finding;
  const { rule, theme, target, what } = finding;
  return `${rule} (${theme}): ${target}: ${what}`;
}

/** The first findings, and how many more there are. */
function beginning(findings, length = 12) {
  const more = findings.length - length;
  const rest = more > 0 ? [`and ${more} more`] : [];
  return [...findings.slice(0, length), ...rest];
}

/** Visits the pages, as many at once as there are processors; gives the failures by check, and how often each passed. */
async function checked(browser, site, pages, exemptions, shots) {
  const server = await serve(site);
  const used = new Set();
  const passed = Object.fromEntries(Object.keys(CHECKS).map((c) => [c, 0]));
  const failed = [];
  const selectors = [...new Set(exemptions.map((e) => e.selector))];
  const { address } = server;
  // The longest page first, so that no processor waits for it in the end.
  const first = pages.filter((name) => name === PRINTED);
  const next = new Set([...first, ...pages]).values();
  const visits = Array.from({ length: availableParallelism() }, async () => {
    for (const name of next) {
      const found = await visit(browser, address, name, selectors, shots);
      for (const [check, findings] of Object.entries(found)) {
        const left = unforgiven(name, findings, exemptions, used);
        if (left.length === 0) passed[check] += 1;
        else failed.push({ check, name, findings: left.map(inWords) });
      }
    }
  });
  await Promise.all(visits);
  server.close();
  const place = ({ name }) => pages.indexOf(name);
  failed.sort((a, b) => place(a) - place(b));
  const obsolete = exemptions.filter((exemption) => !used.has(exemption));
  return { passed, failed, obsolete };
}

/** Takes pictures into `folder`; of the themes, one light and one dark. */
function pictures(folder) {
  return async (page, name, theme, width) => {
    if (theme !== 'light' && theme !== 'navy') return;
    const stem = name.replace(/\.html$/, '').replaceAll('/', '-');
    const file = path.join(folder, `${stem}-${theme}-${width}.png`);
    await page.screenshot({ path: file, fullPage: true });
  };
}

async function checkSite(browser, site, only, folder) {
  if (folder) await mkdir(folder, { recursive: true });
  const all = await pagesOf(site);
  const pages = all.filter((name) => !only || name === only);
  if (pages.length === 0) throw new Error(`no page in ${site}`);
  const shots = folder && pictures(folder);
  const result = await checked(browser, site, pages, EXEMPTIONS, shots);
  const { passed, failed } = result;
  // A part of the book need not use every exemption.
  const obsolete = only ? [] : result.obsolete;
  for (const { check, name, findings } of failed) {
    console.log(`${name}: ${check}: it should ${CHECKS[check]}`);
    for (const line of beginning(findings)) console.log(`    ${line}`);
  }
  for (const { rule, selector, reason } of obsolete) {
    console.log(`exemptions.mjs: obsolete: ${rule}, ${selector}: ${reason}`);
  }
  for (const [check, count] of Object.entries(passed)) {
    const wrong = failed.filter((f) => f.check === check).length;
    console.log(`${check}: ${count} of ${count + wrong} pages`);
  }
  const good = Object.values(passed).reduce((a, b) => a + b, 0);
  return [good, failed.length + obsolete.length];
}

/** Each page of broken/ must be rejected by the check it is named after, and
 * by no other; clean.html by none. */
async function selfTest(browser) {
  const site = path.join(HERE, 'broken');
  const pages = await pagesOf(site);
  const { failed } = await checked(browser, site, pages, []);
  const verdicts = Object.keys(CHECKS).map((check) => {
    const names = failed.filter((f) => f.check === check).map((f) => f.name);
    return [check, names.join(' ') === `${check}.html`, names.join(' ')];
  });
  const clean = failed.filter(({ name }) => name === 'clean.html');
  verdicts.push(['clean', clean.length === 0, JSON.stringify(clean)]);
  const needless = { rule: 'label', selector: '#nothing' };
  const { obsolete } = await checked(browser, site, ['axe.html'], [needless]);
  verdicts.push(['obsolete exemption', obsolete[0] === needless, 'passed']);
  for (const [what, right, names] of verdicts) {
    console.log(`${what}: ${right ? 'ok' : `WRONG: rejected: ${names}`}`);
  }
  const good = verdicts.filter(([, right]) => right).length;
  return [good, verdicts.length - good];
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    'self-test': { type: 'boolean' },
    shots: { type: 'string' },
  },
});
if (!values['self-test'] && positionals.length !== 1) {
  console.error('usage: node check.mjs SITE [--shots DIR] | --self-test');
  process.exit(2);
}
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  // As root, Chromium has no sandbox; it opens nothing but our own pages.
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
try {
  const [passed, failed] = values['self-test']
    ? await selfTest(browser)
    : await checkSite(
        browser,
        path.resolve(positionals[0]),
        values.only,
        values.shots,
      );
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  await browser.close();
}
