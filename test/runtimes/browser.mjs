// Runs page.mjs, of the folder that it is started in, in a headless Chromium that reaches nothing but the server below:
// node browser.mjs <program>
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { chromium } from 'playwright-core';

const types = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.json': 'application/json' };
const server = createServer(({ url }, response) => {
  const path = `.${new URL(url, 'http://127.0.0.1').pathname}`;
  if (path === './') return response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>preread</title>');
  try {
    const file = readFileSync(path);
    response.setHeader('Content-Type', types[extname(path)] ?? 'application/octet-stream').end(file);
  } catch {
    response.writeHead(404).end();
  }
});
await once(server.listen(0, '127.0.0.1'), 'listening');

const browser = await chromium.launch({
  executablePath: process.argv[2],
  args: [
    ...['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-sync'],
    ...['--disable-background-networking', '--disable-component-update', '--no-proxy-server'],
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  ],
});
try {
  const page = await browser.newPage();
  // Those that a runtime without a page would end with.
  page.on('pageerror', (error) => {
    console.log(error);
    process.exitCode = 1;
  });
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  console.log(await page.evaluate(async () => (await import('/page.mjs')).output));
} finally {
  await browser.close();
  server.close();
}
