// Opens a page in Chromium and prints as JSON what a reader's browser would do with it.
//
//   node page.mjs NODE_FOLDER CHROMIUM < options.json
//
// NODE_FOLDER holds node_modules, CHROMIUM is the browser's path. Options:
//   url          what to open (required)
//   javaScript   false turns scripts off
//   media        "print" renders as for paper
//   colorScheme  "light" or "dark"
//   width, height  of the window, in CSS pixels
//   evaluate     an expression or a function's source to evaluate in the page, whose value becomes `value`
//   screenshot   a file to write a PNG of the whole page to
// Prints {errors, requests, dom, value}: messages that the console shows as warning or error and exceptions;
// addresses requested besides the page itself; the document afterwards.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [folder, executablePath] = process.argv.slice(2);
const { chromium } = createRequire(`${folder}/page.mjs`)("playwright-core");
const options = JSON.parse(readFileSync(0, "utf8"));

const browser = await chromium.launch({
  executablePath,
  // Chromium refuses its sandbox to root, which is who tests run as in a container.
  chromiumSandbox: process.getuid() !== 0,
  args: [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
try {
  const page = await browser.newPage({
    javaScriptEnabled: options.javaScript ?? true,
    colorScheme: options.colorScheme ?? "light",
    viewport: { width: options.width ?? 1280, height: options.height ?? 900 },
  });
  if (options.media) await page.emulateMedia({ media: options.media });
  const errors = [];
  const requests = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("request", (request) => {
    if (request.url() !== options.url) requests.push(request.url());
  });
  await page.goto(options.url, { waitUntil: "load", timeout: 60_000 });
  // What scripts do once the page has loaded is part of it.
  await page.waitForLoadState("networkidle", { timeout: 60_000 });
  const value = options.evaluate ? await page.evaluate(options.evaluate) : null;
  if (options.screenshot) await page.screenshot({ path: options.screenshot, fullPage: true });
  const dom = await page.content();
  process.stdout.write(JSON.stringify({ errors, requests, dom, value: value ?? null }));
} finally {
  await browser.close();
}
