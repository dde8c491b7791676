// Translate the CQL of this folder and run it over charts written as FHIR R4.
//
//   node run.mjs MODULES CQL-FOLDER INPUT.json OUTPUT.ndjson
//
// INPUT: { on, charts: [{ bundle, library: { parameter: value } }] }. A list of rows is named once, in `tables`, and
// a parameter that is a string "table:NAME" stands for it. Each line of OUTPUT holds the named answers of one chart.
import { readFileSync, readdirSync, createWriteStream } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, folder, input, output] = process.argv.slice(2);
const require = createRequire(join(modules, "node_modules", "x.js"));
const from = (name) => import(pathToFileURL(join(modules, "node_modules", name)).href);
const toElm = await from("@cqframework/cql/cql-to-elm.mjs");
const { SystemModelInfoProvider } = await from("@cqframework/cql/cql.mjs");
const cql = require("cql-execution");
const fhir = require("cql-exec-fhir");

// A definition is worked out once a chart: the executor would do so again for every reference to it.
const { ExpressionDef } = require(join(modules, "node_modules/cql-execution/lib/elm/reusable.js"));
const once = new WeakMap();
const work = ExpressionDef.prototype.exec;
ExpressionDef.prototype.exec = function exec(context) {
  const root = context.rootContext();
  if (!once.has(root)) once.set(root, new Map());
  const known = once.get(root);
  if (!known.has(this)) known.set(this, work.call(this, context));
  return known.get(this);
};

const sources = Object.fromEntries(
  readdirSync(folder).filter((name) => name.endsWith(".cql"))
    .map((name) => [name.slice(0, -4), readFileSync(join(folder, name), "utf8")]),
);
const fhirModel = readFileSync(
  join(modules, "node_modules/cql-exec-fhir/lib/modelInfos/fhir-modelinfo-4.0.1.xml"), "utf8");

function translated() {
  const models = new toElm.ModelManager();
  models.modelInfoLoader.registerModelInfoProvider(new SystemModelInfoProvider());
  models.modelInfoLoader.registerModelInfoProvider(
    toElm.createModelInfoProvider((name) => (name === "FHIR" ? toElm.stringAsSource(fhirModel) : null)));
  // Only calendar units are used: nothing is converted, and every unit is taken as it is.
  const units = toElm.createUcumService((value) => value, () => null, (left) => left, (left) => left);
  const libraries = new toElm.LibraryManager(models, undefined, undefined, units);
  libraries.librarySourceLoader.registerProvider(
    toElm.createLibrarySourceProvider((name) => (sources[name] ? toElm.stringAsSource(sources[name]) : null)));
  const elm = {};
  for (const [name, source] of Object.entries(sources)) {
    const translator = toElm.CqlTranslator.fromText(source, libraries);
    const errors = translator.errors.asJsReadonlyArrayView();
    if (errors.length) {
      for (const error of errors) {
        console.error(`${name}.cql:${Object.values(error.locator ?? {}).find(Number.isInteger)}: ${error.message}`);
      }
      process.exit(1);
    }
    elm[name] = JSON.parse(translator.toJson());
  }
  return elm;
}

const elm = translated();
const repository = new cql.Repository(elm);
const given = JSON.parse(readFileSync(input, "utf8"));
const on = cql.Date.parse(given.on);
const out = createWriteStream(output);

function parameters(values) {
  const made = { On: on };
  for (const [name, value] of Object.entries(values)) {
    made[name] = typeof value === "string" && value.startsWith("table:") ? given.tables[value.slice(6)] : value;
  }
  return made;
}

const plain = (value) => {
  if (value === null || value === undefined) return null;
  if (value.isDate || value.isDateTime) return value.toString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
  }
  return value;
};

const compiled = Object.fromEntries(
  Object.keys(elm).filter((name) => name !== "Facts").map((name) => [name, new cql.Library(elm[name], repository)]));
const source = fhir.PatientSource.FHIRv401(); // one for all: each reads the model anew, which takes a third of a second
for (const [index, chart] of given.charts.entries()) {
  const answers = {};
  for (const [name, values] of Object.entries(chart.libraries)) {
    source.loadBundles([chart.bundle]);
    const results = await new cql.Executor(compiled[name], undefined, parameters(values)).exec(source);
    const [found] = Object.values(results.patientResults);
    answers[name] = plain(found.Answers);
  }
  out.write(`${JSON.stringify({ index, answers })}\n`);
}
out.end();
