// Opens one page in a browser, looks at it with every check, and gives what
// each of them has found: a list of findings per check, empty if all is well.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
export const AXE = readFileSync(axeFile, 'utf8');

/** What a page should do, by the name of the check that looks. */
export const CHECKS = {
  'other-host': 'ask no other host',
  'missing-file': 'ask for nothing that is not there',
  'console-error': 'print no error',
  exception: 'throw nothing',
  axe: 'break no rule of axe',
  contrast: 'have enough contrast in all five themes',
  overflow: 'fit a screen of 360 and one of 320 px',
  'small-text': 'have no letter in a figure below 10 px, at 360 px',
};

export const THEMES = ['light', 'rust', 'coal', 'navy', 'ayu'];
const CONTRAST = ['color-contrast', 'link-in-text-block'];
/** All chapters once more, for paper, which is white. */
export const PRINTED = 'print.html';
const WIDE = { width: 1200, height: 900 };
const PHONE = { width: 360, height: 740 };
const SMALL_PHONE = { width: 320, height: 640 };

/**
 * What every check finds on the page `name` of the site at `address`. A
 * finding of axe tells which of `selectors` select the element or one around
 * it.
 */
export async function visit(browser, address, name, selectors, shots) {
  const found = Object.fromEntries(Object.keys(CHECKS).map((c) => [c, []]));
  await opened(browser, address, name, WIDE, found, async (page) => {
    await page.evaluate(AXE);
    found.axe.push(...(await rulesBroken(page, selectors)));
    for (const theme of name === PRINTED ? THEMES.slice(0, 1) : THEMES) {
      if (!(await setTheme(page, theme))) continue;
      const pale = await rulesBroken(page, selectors, CONTRAST, theme);
      found.contrast.push(...pale);
      if (shots) await shots(page, name, theme, WIDE.width);
    }
  });
  await opened(browser, address, name, PHONE, found, async (page) => {
    found.overflow.push(...(await tooWide(page)));
    found['small-text'].push(...(await tooSmall(page)));
    for (const theme of THEMES) {
      if (!shots || !(await setTheme(page, theme))) continue;
      await shots(page, name, theme, PHONE.width);
    }
    await page.setViewportSize(SMALL_PHONE);
    found.overflow.push(...(await tooWide(page)));
  });
  return found;
}

/** Opens the page in a browser profile of its own, and notes what goes wrong
 * while it loads and while `look` looks at it. */
async function opened(browser, address, name, viewport, found, look) {
  const context = await browser.newContext({
    viewport,
    reducedMotion: 'reduce',
    serviceWorkers: 'block',
  });
  const { origin } = new URL(address);
  const note = (check, what) => {
    if (!found[check].includes(what)) found[check].push(what);
  };
  await context.route('**', (route) => {
    const url = route.request().url();
    if (new URL(url).origin === origin || !/^(https?|wss?):/.test(url)) {
      return route.continue();
    }
    note('other-host', url);
    return route.abort();
  });
  const page = await context.newPage();
  watch(page, origin, note);
  // print.html opens the printer's dialogue as soon as it is loaded, and a
  // colour that is still changing has no contrast yet.
  await page.addInitScript(() => {
    window.print = () => {};
    const still = new CSSStyleSheet();
    still.replaceSync('*, ::before, ::after { transition: none !important }');
    document.adoptedStyleSheets.push(still);
  });
  try {
    await page.goto(address + name, { waitUntil: 'networkidle' });
    await page.evaluate(() => document.fonts.ready.then(() => {}));
    await look(page);
  } finally {
    await context.close();
  }
}

function watch(page, origin, note) {
  const own = (url) => url.startsWith(origin);
  page.on('requestfailed', (request) => {
    // A page that is left, or a request that another replaces, is no fault.
    const why = request.failure()?.errorText ?? '';
    if (own(request.url()) && why !== 'net::ERR_ABORTED') {
      note('missing-file', `${request.url()}: ${why}`);
    }
  });
  page.on('response', (response) => {
    if (own(response.url()) && response.status() >= 400) {
      note('missing-file', `${response.url()}: ${response.status()}`);
    }
  });
  page.on('websocket', (socket) => note('other-host', socket.url()));
  page.on('pageerror', (error) => note('exception', error.message));
  page.on('console', (message) => {
    const text = message.text();
    // What could not be loaded is a finding of the checks of requests.
    if (message.type() === 'error' && !text.startsWith('Failed to load')) {
      note('console-error', text);
    }
  });
}

/** Chooses a theme as a reader does; false if the page has no choice. */
export async function setTheme(page, theme) {
  return page.evaluate((id) => {
    document.getElementById(id)?.click();
    return document.getElementById(id) !== null;
  }, `mdbook-theme-${theme}`);
}

/** The elements that break a rule of axe; all its rules, or `rules`. */
async function rulesBroken(page, selectors, rules, theme = 'light') {
  // What is checked in every theme need not be in the first one twice.
  const off = CONTRAST.map((rule) => [rule, { enabled: false }]);
  const choice = rules
    ? { runOnly: rules }
    : { rules: Object.fromEntries(off) };
  const broken = await page.evaluate(
    async ([choice, selectors]) => {
      const options = { resultTypes: ['violations'], elementRef: true };
      const { violations } = await axe.run({ ...options, ...choice });
      return violations.flatMap(({ id, help, nodes }) =>
        nodes.map(({ target, any, element }) => ({
          rule: id,
          target: target.flat().join(' '),
          what: any[0]?.message ?? help,
          within: selectors.filter((selector) => element.closest(selector)),
        })),
      );
    },
    [choice, selectors],
  );
  return broken.map((finding) => ({ ...finding, theme }));
}

/** The elements that make the page wider than the screen. */
export async function tooWide(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    // What scrolls or is cut off inside a box of its own does no harm.
    const held = (element) => {
      for (let e = element.parentElement; e; e = e.parentElement) {
        if (e === document.body) return false;
        if (getComputedStyle(e).overflowX !== 'visible') return true;
      }
      return false;
    };
    const sticking = [...document.body.querySelectorAll('*')].filter((e) => {
      const { right, width } = e.getBoundingClientRect();
      return width > 0 && right > clientWidth + 0.5 && !held(e);
    });
    const named = sticking.slice(0, 3).map((e) => {
      const { right } = e.getBoundingClientRect();
      const tag = e.cloneNode().outerHTML.slice(0, 80);
      return `${tag} reaches to ${Math.round(right)} px`;
    });
    const page = `${scrollWidth} px on a screen of ${clientWidth} px`;
    return [[page, ...named].join('; ')];
  });
}

/** The texts in figures that are too small to read. */
async function tooSmall(page) {
  return page.evaluate(() => {
    const texts = document.querySelectorAll('figure svg text, figure svg tspan');
    const small = [];
    for (const text of texts) {
      const own = [...text.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.data.trim(),
      );
      const style = getComputedStyle(text);
      const shown =
        text.getClientRects().length > 0 && style.visibility === 'visible';
      if (!own || !shown) continue;
      const { a, b, c, d } = text.getScreenCTM();
      const scale = Math.sqrt(Math.abs(a * d - b * c));
      const height = scale * parseFloat(style.fontSize);
      // Half a tenth of a pixel is rounding, not size.
      if (height < 9.95) {
        const words = text.textContent.trim().slice(0, 40);
        small.push(`"${words}" is ${height.toFixed(1)} px high`);
      }
    }
    return small;
  });
}
