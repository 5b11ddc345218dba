// What may be in the way of a lab, made real in Chromium: a policy of the site,
// a frame, an old browser, a bad network. For each, the cause that the labs'
// script must name.

/** Takes something away from the page, and from what its worker can do. */
const without = (part) => async (page) => {
  await page.addInitScript((part) => delete globalThis[part], part);
};

/** Sends this policy with the page and the script, which is the worker's. */
const policy = (text) => async (page) => {
  await page.route(/\.(html|js)$/, async (route) => {
    const response = await route.fetch();
    const headers = { ...response.headers(), 'content-security-policy': text };
    await route.fulfill({ response, headers });
  });
};

/** Answers the request for the program otherwise. */
const program = (answer) => async (page) => {
  await page.route(/\.wasm\.gz/, answer);
};

const part = (share) => async (route) => {
  const response = await route.fetch();
  const body = await response.body();
  await route.fulfill({ status: 200, body: body.subarray(0, share * body.length) });
};

/** Puts the page into a frame with this sandbox. */
const framed = (sandbox) => async (page, address) => {
  const html = `<iframe sandbox="${sandbox}" src="${address}" style="width: 1000px; height: 800px"></iframe>`;
  const outside = new URL('/outside.html', address).href;
  await page.route(outside, (route) => route.fulfill({ contentType: 'text/html', body: html }));
  return outside;
};

const INLINE = "script-src 'self' 'unsafe-inline'";

/** Each cause, and what brings it about. */
export const TROUBLES = [
  ['wasm', without('WebAssembly')],
  ['unpacking', without('DecompressionStream')],
  ['workers', without('Worker')],
  ['vectors', async (page) => {
    await page.addInitScript(() => {
      WebAssembly.validate = () => false;
      WebAssembly.compile = async () => {
        throw new WebAssembly.CompileError('invalid value type 0x7b');
      };
    });
  }],
  ['wasmPolicy', policy(INLINE)],
  ['filePolicy', policy(`${INLINE} 'wasm-unsafe-eval'; connect-src 'none'`)],
  ['workerPolicy', policy(`${INLINE} 'wasm-unsafe-eval'; worker-src 'none'`)],
  // mdBook's own scripts are refused, too; the lab must not depend on them.
  ['wasmPolicy', policy("script-src 'self'")],
  ['workerDenied', async (page) => {
    await page.addInitScript(() => {
      globalThis.Worker = function denied() {
        throw new DOMException('The operation is insecure.', 'SecurityError');
      };
    });
  }],
  ['workerLost', async (page) => {
    // The script of the page comes first, that of the worker after it.
    let asked = 0;
    await page.route(/lab-.*\.js/, (route) =>
      asked++ ? route.fulfill({ status: 404 }) : route.fallback());
  }],
  ['frame', framed('allow-scripts')],
  ['unreachable', program((route) => route.abort('connectionrefused'))],
  ['missing', program((route) => route.fulfill({ status: 404, body: 'gone' }))],
  ['denied', program((route) => route.fulfill({ status: 403 }))],
  ['busy', program((route) => route.fulfill({ status: 503 }))],
  ['refused', program((route) => route.fulfill({ status: 418 }))],
  ['login', program((route) => route.fulfill({ contentType: 'text/html', body: '<!DOCTYPE html><p>Welcome' }))],
  ['wrong', program((route) => route.fulfill({ body: '{"answer": 42}' }))],
  ['cut', program(part(0.5))],
  ['cut', program(part(0))],
  ['offline', async (page) => {
    await page.addInitScript(() => {
      Object.defineProperty(navigator, 'onLine', { get: () => false });
    });
    await page.route(/\.wasm\.gz/, (route) => route.abort('internetdisconnected'));
  }],
];

export const FRAME_WITHOUT_FORMS = framed('allow-scripts allow-same-origin');
