// A real CDS Hooks client against the service, on this machine alone: `node .ci/sandbox.mjs PAGES [OUT]`.
// PAGES is the folder of a built cds-hooks/sandbox with its `.well-known/jwks.json`; OUT takes the pictures.
// Needs playwright-core, Debian's chromium, and the project's environment as `python`. Look at the pictures.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const [pages, out = "."] = process.argv.slice(2);
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const { chromium } = createRequire(path.join(process.cwd(), "package.json"))("playwright-core");
const [client, service] = ["http://127.0.0.1:18081", "http://127.0.0.1:18082"];
const work = mkdtempSync(path.join(os.tmpdir(), "hooks-"));
mkdirSync(out, { recursive: true });

// The sandbox signs with the key that it publishes; the service trusts that key, so tokens are asked for here too.
const issuer = "https://sandbox.cds-hooks.org";
const jwks = JSON.parse(readFileSync(path.join(pages, ".well-known", "jwks.json"), "utf-8"));
const feedback = path.join(work, "feedback.ndjson");
const clients = path.join(work, "clients.json");
writeFileSync(clients, JSON.stringify([{ iss: issuer, jku: `${issuer}/.well-known/jwks.json`, jwks }]));

const children = [
  ["python", path.join(root, ".ci", "fhir_endpoint.py"), "18081", pages],
  ["python", path.join(root, "examples", "cds_hooks_service"), "--port", "18082", "--on", "2026-11-24",
    "--audience", "clinician", "--clients", clients, "--origin", client, "--feedback", feedback],
].map(([command, ...rest]) => spawn(command, rest, { stdio: ["ignore", "inherit", "pipe"] }));
let log = "";
for (const one of children) one.stderr.on("data", (text) => { log += text; });

const answered = async (url) => {
  for (let tries = 0; tries < 100; tries += 1) {
    try { await fetch(url); return; } catch { await new Promise((done) => setTimeout(done, 200)); }
  }
  throw new Error(`${url} does not answer`);
};

const failures = [];
const check = (what, holds) => { console.log(`${holds ? "ok  " : "FAIL"} ${what}`); if (!holds) failures.push(what); };
let browser;
try {
  await answered(`${client}/fhir/metadata`);
  await answered(`${service}/openapi.json`);
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
  });
  const open = async (patient, hook, screen) => {
    const page = await (await browser.newContext({ viewport: { width: 1500, height: 1100 } })).newPage();
    const answers = [];
    page.on("response", async (one) => {
      if (one.url().startsWith(`${service}/cds-services/`) && one.request().method() === "POST" && !one.url().endsWith("/feedback")) {
        answers.push({ status: one.status(), body: await one.json(), sent: one.request().postDataJSON() });
      }
    });
    await page.route((url) => url.hostname !== "127.0.0.1", (one) => one.abort());
    const asked = new URLSearchParams({ fhirServiceUrl: `${client}/fhir`, patientId: patient, hook, screen, serviceDiscoveryURL: `${service}/cds-services` });
    await page.goto(`${client}/?${asked}`);
    return { page, answers };
  };
  const picture = (page, name) => page.screenshot({ path: path.join(out, `${name}.png`), fullPage: true });
  const shown = async ({ page, answers }, name) => {
    for (let tries = 0; tries < 50 && answers.length === 0; tries += 1) await page.waitForTimeout(200);
    await page.waitForTimeout(1000);
    await picture(page, name);
    const last = answers.at(-1);
    check(`${name}: the service answered with 200`, last?.status === 200);
    const text = await page.locator("body").innerText();
    for (const card of last?.body.cards ?? []) check(`${name}: ${card.summary}`, text.includes(card.summary));
    return last;
  };

  for (const patient of ["nina", "omar", "edith"]) {
    const last = await shown(await open(patient, "patient-view", "patient-view"), `patient-view-${patient}`);
    check(`patient-view-${patient}: there are cards`, last?.body.cards.length > 0);
    check(`patient-view-${patient}: data came by prefetch`, last?.sent.prefetch.patient.id === patient);
  }
  const drafted = await open("nina", "order-select", "rx-view");
  await drafted.page.waitForTimeout(2000);
  await drafted.page.locator("input[name=medication-input]").fill("Fluoxetine 20 MG Oral Capsule");
  await drafted.page.waitForTimeout(1500);
  await drafted.page.getByRole("button", { name: "Fluoxetine 20 MG Oral Capsule" }).first().click();
  await drafted.page.waitForTimeout(1500);
  const last = await shown(drafted, "order-select-nina");
  check("order-select-nina: the drafted medicine is asked about", (last?.body.cards ?? []).some((one) => one.summary.startsWith("fluoxetine (start)")));

  const told = await open("omar", "patient-view", "patient-view");
  await told.page.getByRole("button", { name: "Dismiss" }).first().waitFor();
  await told.page.locator("button:has-text('Dismiss') + button").first().click();
  await told.page.waitForTimeout(500);
  await picture(told.page, "override-reasons");
  await told.page.getByRole("menuitem", { name: /Not what the patient prefers or values/ }).first().click();
  await told.page.waitForTimeout(1500);
  const kept = readFileSync(feedback, "utf-8").trim().split("\n").map((line) => JSON.parse(line));
  check("feedback: the card and the reason are kept", kept.length === 1 && kept[0].reason === "does-not-align-preferences" && kept[0].card === told.answers.at(-1)?.body.cards[0].uuid);
} finally {
  await browser?.close();
  for (const one of children) one.kill();
  rmSync(work, { recursive: true });
}
check("the log names no patient", !/nina|omar|edith|Example/.test(log));
process.exit(failures.length ? 1 : 0);
