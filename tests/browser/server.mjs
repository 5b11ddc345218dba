// Serves a built site on this machine alone, as a plain web server would:
// what it does not have is answered with 404.html and status 404.

import { createServer } from 'node:http';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
};

/** The HTML files below `site`, with `/` between folders, in order. */
export async function pagesOf(site) {
  const entries = await readdir(site, { recursive: true });
  const pages = entries.filter((name) => name.endsWith('.html'));
  return pages.map((name) => name.split(path.sep).join('/')).sort();
}

/** Where the site is to be served: mdBook says so in 404.html alone. */
async function prefixOf(site) {
  const page = path.join(site, '404.html');
  const html = await readFile(page, 'utf8').catch(() => '');
  return html.match(/<base href="(\/[^"]*)"/)?.[1] ?? '/';
}

/** Serves `site`; gives its address and a function that ends it. */
export async function serve(site) {
  const root = path.resolve(site);
  const prefix = await prefixOf(root);
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://site');
    const asked = decodeURIComponent(url.pathname);
    const below = asked.startsWith(prefix) ? asked.slice(prefix.length) : null;
    const file = path.join(root, below === '' ? 'index.html' : below ?? '..');
    const inside = file.startsWith(root + path.sep);
    const body = inside ? await readFile(file).catch(() => null) : null;
    const type = TYPES[path.extname(file)] ?? 'application/octet-stream';
    if (body) {
      response.writeHead(200, { 'content-type': type }).end(body);
    } else {
      const page = await readFile(path.join(root, '404.html')).catch(() => '');
      response.writeHead(404, { 'content-type': TYPES['.html'] }).end(page);
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  return {
    address: `http://127.0.0.1:${port}${prefix}`,
    close: () => server.close(),
  };
}
