// Look for barriers in a page: `node .ci/axe.mjs PAGE.html ...`; needs axe-core, playwright-core and Debian's chromium.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import path from "node:path";

const require = createRequire(path.join(process.cwd(), "package.json"));
const { chromium } = require("playwright-core");
const source = require("axe-core").source;
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-background-networking"] });
let bad = 0;
for (const file of process.argv.slice(2)) {
  for (const width of [1100, 420]) {
    const context = await browser.newContext({ bypassCSP: true, viewport: { width, height: 900 } });
    const page = await context.newPage();
    const requests = [];
    page.on("request", (one) => requests.push(one.url()));
    await page.goto(pathToFileURL(path.resolve(file)).href);
    await page.evaluate(source);
    const found = await page.evaluate("axe.run()");
    const serious = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
    console.log(`${path.basename(file)} at ${width}px: ${found.violations.length} violations, ${serious.length} serious; ${found.passes.length} rules passed; ${requests.length} requests`);
    for (const one of found.violations) console.log(`  ${one.impact}: ${one.id}: ${one.nodes.map((n) => n.target.join(" ")).slice(0, 3).join("; ")}`);
    bad += serious.length + (requests.length - 1);
    await context.close();
  }
}
await browser.close();
process.exit(bad ? 1 : 0);
