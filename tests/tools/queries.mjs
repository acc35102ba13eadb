// Validates queries against a schema with the reference implementation of GraphQL.
//
// node queries.mjs MODULES < {"schema": SDL, "queries": [TEXT, …]}
//
// Prints a list with the messages about each query: none is valid. MODULES is the folder that npm installed into.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const { buildSchema, parse, validate } = createRequire(`${process.argv[2]}/`)("graphql");
const { schema, queries } = JSON.parse(readFileSync(0, "utf8"));
const built = buildSchema(schema);
const messages = (text) => {
  try {
    return validate(built, parse(text)).map((error) => error.message);
  } catch (error) {
    return [error.message];
  }
};
console.log(JSON.stringify(queries.map(messages)));
