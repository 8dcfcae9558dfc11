// Schemas, in words, as trees that open step by step, and as examples.

function lookup(doc, reference) {
  const steps = reference.slice(2).split("/").map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return steps.reduce((found, step) => found?.[step], doc);
}

function follow(doc, schema) {
  return schema?.$ref ? { ...lookup(doc, schema.$ref), ...schema, $ref: undefined } : schema ?? {};
}

const choicesOf = (schema) => schema.anyOf ?? schema.oneOf;
const tupleOf = (schema) => schema.prefixItems ?? (Array.isArray(schema.items) ? schema.items : undefined);

function typeName(doc, schema) {
  if (schema === true || schema === undefined) return "any";
  if (schema.$ref) return schema.$ref.split("/").pop().replace(/-(In|Out)put$/, "");
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const choices = choicesOf(schema);
  if (choices) return [...new Set(choices.map((choice) => typeName(doc, choice)))].join(" | ");
  if (schema.allOf?.length === 1) return typeName(doc, schema.allOf[0]);
  const tuple = tupleOf(schema);
  if (tuple) return `[${tuple.map((item) => typeName(doc, item)).join(", ")}]`;
  if (schema.type === "array") return listName(typeName(doc, schema.items));
  if (schema.type === "object" && typeof schema.additionalProperties === "object") {
    return `{name: ${typeName(doc, schema.additionalProperties)}}`;
  }
  if (schema.format === "binary") return "file";
  const type = [schema.type ?? (schema.properties ? "object" : "any")].flat().join(" | ");
  return schema.format ? `${type} (${schema.format})` : type;
}

const listName = (item) => (item.includes(" | ") ? `(${item})[]` : `${item}[]`);

// What a value must be besides its type, in short.
function limits(schema) {
  const told = [];
  const between = (low, high, unit) => {
    if (low !== undefined && low === high) told.push(`${low}${unit}`);
    else if (low !== undefined && high !== undefined) told.push(`${low} to ${high}${unit}`);
    else if (low !== undefined) told.push(`at least ${low}${unit}`);
    else if (high !== undefined) told.push(`at most ${high}${unit}`);
  };
  between(schema.minimum, schema.maximum, "");
  if (schema.exclusiveMinimum !== undefined) told.push(`more than ${schema.exclusiveMinimum}`);
  if (schema.exclusiveMaximum !== undefined) told.push(`less than ${schema.exclusiveMaximum}`);
  if (schema.multipleOf !== undefined) told.push(`a multiple of ${schema.multipleOf}`);
  between(schema.minLength, schema.maxLength, " characters");
  if (!tupleOf(schema)) between(schema.minItems, schema.maxItems, " items");
  if (schema.pattern) told.push(`like ${schema.pattern}`);
  if (schema.default !== null && String(schema.default ?? "") !== "") told.push(`default ${JSON.stringify(schema.default)}`);
  return told.join(", ");
}

// A row of a name, its type and what is said of it; what it holds opens below it.
function schemaRow(doc, name, schema, isRequired) {
  const told = follow(doc, schema);
  const head = [
    name && el("code", { class: "name" }, name),
    el("span", { class: "type" }, typeName(doc, schema)),
    isRequired && el("span", { class: "required" }, "required"),
    limits(told) && el("span", { class: "limits" }, limits(told)),
    name && told.description && el("span", { class: "about" }, codes(told.description)),
  ];
  const inside = holder(doc, schema);
  if (!inside) return el("div", { class: "row" }, head);
  const body = el("div", { class: "inside" });
  const open = (event) => event.target.open && !body.childNodes.length && body.append(...schemaRows(doc, inside));
  return el("details", { class: "row", ontoggle: open }, el("summary", {}, head), body);
}

// The schema, of this one or of its items, that has rows of its own.
function holder(doc, schema) {
  const told = follow(doc, schema);
  if (told.properties || choicesOf(told)?.some((choice) => holder(doc, choice))) return told;
  const items = tupleOf(told) ? { anyOf: tupleOf(told) } : told.items ?? told.additionalProperties;
  return typeof items === "object" ? holder(doc, items) : undefined;
}

function schemaRows(doc, schema) {
  const told = follow(doc, schema);
  const choices = choicesOf(told);
  if (choices) return choices.map((choice) => schemaRow(doc, "", choice, false));
  if (!told.properties) return [schemaRow(doc, "", schema, false)];
  const required = told.required ?? [];
  return Object.entries(told.properties).map(([name, one]) => schemaRow(doc, name, one, required.includes(name)));
}

function schemaView(doc, schema) {
  if (!schema || !Object.keys(schema).length) return el("p", { class: "quiet" }, "Not described");
  const told = follow(doc, schema);
  if (told.properties || choicesOf(told)) {
    return el("div", { class: "schema" }, prose(told.description), schemaRows(doc, schema));
  }
  return el("div", { class: "schema" }, schemaRow(doc, "", schema, false));
}

const EXAMPLES = {
  "date-time": "2030-01-31T12:00:00Z", date: "2030-01-31", time: "12:00:00", duration: "PT1H", binary: "",
  uuid: "123e4567-e89b-42d3-a456-426614174000", email: "ada@example.org", uri: "https://example.org/",
};

// A value that fits; `depth` ends what holds itself.
function example(doc, schema, depth = 0) {
  const told = follow(doc, schema);
  if (told.examples?.length) return told.examples[0];
  if (told.default !== undefined) return told.default;
  if ("const" in told) return told.const;
  if (told.enum) return told.enum[0];
  const choices = choicesOf(told) ?? told.allOf;
  if (choices) return example(doc, choices.find((choice) => choice.type !== "null") ?? choices[0], depth);
  if (told.type === "object" || told.properties) return exampleObject(doc, told, depth);
  if (told.type === "array") return exampleArray(doc, told, depth);
  if (told.type === "boolean") return true;
  if (told.type === "integer" || told.type === "number") return exampleNumber(told);
  if (told.type === "string") return exampleText(told);
  return null;
}

function exampleObject(doc, schema, depth) {
  const required = schema.required ?? [];
  const entries = Object.entries(schema.properties ?? {}).filter(([name]) => depth < 2 || required.includes(name));
  return depth > 6 ? {} : Object.fromEntries(entries.map(([name, one]) => [name, example(doc, one, depth + 1)]));
}

function exampleArray(doc, schema, depth) {
  const tuple = tupleOf(schema);
  if (tuple) return tuple.map((item) => example(doc, item, depth + 1));
  if (depth > 2 && !schema.minItems) return [];
  return Array.from({ length: schema.minItems || 1 }, () => example(doc, schema.items, depth + 1));
}

function exampleNumber(schema) {
  const low = schema.minimum ?? (schema.exclusiveMinimum === undefined ? undefined : schema.exclusiveMinimum + 1);
  const high = schema.maximum ?? (schema.exclusiveMaximum === undefined ? undefined : schema.exclusiveMaximum - 1);
  if (low !== undefined && high !== undefined && low > high) return (schema.exclusiveMinimum + schema.exclusiveMaximum) / 2;
  return low ?? Math.min(high ?? 1, 1);
}

function exampleText(schema) {
  const text = EXAMPLES[schema.format] ?? "text";
  return text.padEnd(schema.minLength ?? 0, "x").slice(0, schema.maxLength ?? text.length + 99);
}
